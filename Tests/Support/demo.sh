#!/usr/bin/env bash
# Shows kpx on the rules that a real kube-proxy wrote for the yaobank lab.
#
# They are loaded into a network namespace of their own in the running kernel, which goes afterwards. This
# machine's own rules are neither read nor touched.
#   demo.sh KPX
set -euo pipefail
cd "$(dirname "$0")/../.."
kpx=$(realpath "${1:?the kpx program}")

if [ "$(id -u)" != 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "kpx: the demo makes a network namespace, which needs root, and there is no sudo." >&2
    exit 77
  fi
  exec sudo -- "$0" "$kpx"
fi
PATH=$PATH:/usr/sbin:/sbin

capture=Tests/Fixtures/captures/yaobank-iptables-legacy-v1.34
api=Tests/Fixtures/captures/api/yaobank
namespace=kpx-demo-$$
saved=$(mktemp -d)
pods=$saved/pods
trap 'Tests/Support/pods/netns-pods.sh down "$pods" 2>/dev/null || true
  ip netns delete "$namespace" 2>/dev/null || true; rm -rf "$saved"' EXIT
ip netns add "$namespace"
inside() { ip netns exec "$namespace" "$@"; }

# node1's interfaces and addresses: rules ask which addresses are local. As veths, without ARP or neighbour
# discovery, so that the kernel sends nothing and counters stand still.
inside ip link set lo up
awk '
  /^[0-9]+:/ { split($2, name, /[:@]/); interface = name[1]
    if (interface != "lo") {
      printf "link add %s type veth peer name kpx-peer%d\n", interface, NR
      printf "link set %s addrgenmode none arp off up\n", interface
      printf "link set kpx-peer%d addrgenmode none arp off up\n", NR } }
  $1 == "inet" { printf "address replace %s dev %s\n", $2, interface }
  $1 == "inet6" && $2 !~ /^fe80:/ { printf "address replace %s dev %s nodad\n", $2, interface }
' $capture/ip-addr.txt | inside ip -batch -
grep -v 'proto kernel' $capture/ip-route.txt | sed 's/^/route replace /' | inside ip -batch -
inside sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'

# kube-proxy counts with two nfacct objects. A kernel without them gets the same rules without the counting.
cp $capture/iptables-legacy-save.txt "$saved/4"
cp $capture/ip6tables-legacy-save.txt "$saved/6"
for object in ct_state_invalid_dropped_pkts localhost_nps_accepted_pkts; do
  if ! inside nfacct add $object 2>/dev/null; then
    sed -i "s/ -m nfacct --nfacct-name  *$object//" "$saved/4" "$saved/6"
  fi
done
if ! inside iptables-legacy-restore -w 30 -c <"$saved/4"; then
  echo "kpx: this kernel did not take the legacy iptables rules (modules ip_tables, iptable_nat, xt_*)." >&2
  exit 69
fi
if ! inside ip6tables-legacy-restore -w 30 -c <"$saved/6"; then
  echo "kpx: this kernel did not take the IPv6 rules; going on without." >&2
fi

echo "A node's rules, as kube-proxy 1.34 wrote them, now in the network namespace $namespace."
worst=0
# A node forwards; what becomes of a packet is not seen without.
inside sysctl -q -w net.ipv4.ip_forward=1
for question in yaobank/summary yaobank/customer default/kubernetes \
  'yaobank/summary --from yaobank/customer-624m6gdck-5fkht'; do
  # shellcheck disable=SC2086
  set -- trace $question --netns "$namespace" --api-dump $api --node node1
  printf '\n$ sudo kpx %s\n' "$*"
  status=0
  "$kpx" "$@" || status=$?
  [ "$status" = 0 ] || echo "(exit status $status)"
  [ "$status" -le "$worst" ] || worst=$status
done

# Pods of a node made of namespaces: a process, a cgroup and a kubelet's files each, without a runtime.
printf '\nTwo pods on a node of its own, without an API or a container runtime to ask.\n'
export KPX_POD_LOGS=$pods/var/log/pods KPX_KUBELET_PODS=$pods/var/lib/kubelet/pods
Tests/Support/pods/netns-pods.sh up "$pods"
for pod in summary-q76fmgv48-vdcms customer-624m6gdck-5fkht; do
  Tests/Support/pods/netns-pods.sh pod "$pods" yaobank "$pod" --net bridge >/dev/null
done
for arguments in 'veth' 'veth summary-q76fmgv48-vdcms -n yaobank'; do
  printf '\n$ sudo kpx %s\n' "$arguments"
  # shellcheck disable=SC2086
  Tests/Support/pods/netns-pods.sh exec "$pods" "$kpx" $arguments || worst=$?
done
exit "$worst"
