#!/usr/bin/env bash
# What a trace costs on top of the system calls that it needs, with a generated cluster's rules in the legacy tables
# of a network namespace of its own.
#   run.sh KPX [SERVICES [ENDPOINTS]]
# Environment: ROUNDS (15), LIMIT (1.15, below 10,000 services, where the start of the program shows, 1.4: fail above), TABLES ("nat filter mangle": those that the trace reads).
set -euo pipefail
cd "$(dirname "$0")/.."
kpx=$(realpath "${1:?the kpx program}")
services=${2:-1000}
endpoints=${3:-10}

if [ "$(id -u)" != 0 ]; then
  exec sudo ROUNDS="${ROUNDS:-}" LIMIT="${LIMIT:-}" TABLES="${TABLES:-}" -- "$0" "$kpx" "$services" "$endpoints"
fi
PATH=$PATH:/usr/sbin:/sbin

namespace=kpx-bench-$$
work=$(mktemp -d)
trap 'ip netns delete "$namespace" 2>/dev/null || true; rm -rf "$work"' EXIT
cc -O2 -Wall -Wextra -Werror -o "$work/floor" Benchmarks/floor.c
Benchmarks/gen_rules.py --services "$services" --endpoints "$endpoints" --only iptables --only model --out "$work"

ip netns add "$namespace"
ip netns exec "$namespace" ip link set lo up
ip netns exec "$namespace" iptables-legacy-restore -w 60 <"$work/iptables.rules"

# A service in the middle of KUBE-SERVICES.
address=$(python3 - "$work/services.json" <<'PYTHON'
import json, sys
model = json.load(open(sys.argv[1]))
for service in model["services"]:
    if service["name"] == model["probes"]["middle"]:
        print(f'{service["cluster_ip"]}:{service["port"]}/{service["protocol"].upper()}')
        break
PYTHON
)
echo "$services services x $endpoints endpoints, kpx trace $address"
ip netns exec "$namespace" "$kpx" trace "$address" --no-api
limit=${LIMIT:-$([ "$services" -lt 10000 ] && echo 1.4 || echo 1.15)}
ip netns exec "$namespace" python3 Benchmarks/compare.py --rounds "${ROUNDS:-15}" --limit "$limit" \
  "floor=$work/floor 4 ${TABLES:-nat filter mangle}" "kpx=$kpx trace $address --no-api"
