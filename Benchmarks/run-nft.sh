#!/usr/bin/env bash
# What a trace by address costs on nf_tables, in network namespaces of its own:
# - iptables-nft: against a program that dumps the chain KUBE-SERVICES and does nothing else
# - nftables mode: against `nft list chain` of the service's chain; the whole program, what its start alone takes, and a
#   trace in one process, of a thousand
#   run-nft.sh KPX IN-PROCESS [SERVICES [ENDPOINTS]]
# Environment: ROUNDS (15); LIMIT_IPTABLES (1.3), LIMIT_NFTABLES (0.05, in process): fail above; NFTABLES_SERVICES (at
# most 1000: loading more takes the kernel minutes, its time grows with the square of them).
set -euo pipefail
cd "$(dirname "$0")/.."
kpx=$(realpath "${1:?the kpx program}")
bench=$(realpath "${2:?the in-process program}")
services=$((${3:-0} > 10000 ? ${3:-0} : 10000))
endpoints=${4:-10}
native=${NFTABLES_SERVICES:-$((services < 1000 ? services : 1000))}

if [ "$(id -u)" != 0 ]; then
  exec sudo ROUNDS="${ROUNDS:-}" LIMIT_IPTABLES="${LIMIT_IPTABLES:-}" LIMIT_NFTABLES="${LIMIT_NFTABLES:-}" \
    NFTABLES_SERVICES="$native" -- "$0" "$kpx" "$bench" "$services" "$endpoints"
fi
PATH=$PATH:/usr/sbin:/sbin

namespaces=(kpx-bench-$$-iptables kpx-bench-$$-nftables)
work=$(mktemp -d)
trap 'for name in "${namespaces[@]}"; do ip netns delete "$name" 2>/dev/null || true; done; rm -rf "$work"' EXIT
cc -O2 -Wall -Wextra -Werror -o "$work/nftfloor" Benchmarks/nftfloor.c
for name in "${namespaces[@]}"; do
  ip netns add "$name"
  ip netns exec "$name" ip link set lo up
done

# A service in the middle of all: its address, or the name of its chain.
probe() {
  python3 - "$work/services.json" "$1" <<'PYTHON'
import json, sys
model = json.load(open(sys.argv[1]))
for service in model["services"]:
    if service["name"] == model["probes"]["middle"]:
        address = f'{service["cluster_ip"]}:{service["port"]}/{service["protocol"].upper()}'
        print(address if sys.argv[2] == "address" else service["nft"]["service"])
        break
PYTHON
}

Benchmarks/gen_rules.py --services "$services" --endpoints "$endpoints" --only iptables --only model --out "$work"
ip netns exec "${namespaces[0]}" iptables-nft-restore <"$work/iptables.rules"
address=$(probe address)
echo "iptables-nft, $services services x $endpoints endpoints, kpx trace $address"
ip netns exec "${namespaces[0]}" "$kpx" trace "$address" --no-api
ip netns exec "${namespaces[0]}" python3 Benchmarks/compare.py --rounds "${ROUNDS:-15}" \
  --limit "${LIMIT_IPTABLES:-1.3}" "floor=$work/nftfloor ip nat KUBE-SERVICES" "kpx=$kpx trace $address --no-api"

Benchmarks/gen_rules.py --services "$native" --endpoints "$endpoints" --only nft --only model --out "$work"
ip netns exec "${namespaces[1]}" nft -f "$work/nft.rules"
address=$(probe address)
echo "nftables mode, $native services x $endpoints endpoints, kpx trace $address"
ip netns exec "${namespaces[1]}" "$kpx" trace "$address" --no-api
ip netns exec "${namespaces[1]}" python3 Benchmarks/compare.py --rounds "${ROUNDS:-15}" \
  --limit "${LIMIT_NFTABLES:-0.05}" "nft=nft list chain ip kube-proxy $(probe chain)" \
  "kpx=$kpx trace $address --no-api" "start=$kpx --version" "trace/1000=$bench trace $address 1000"
