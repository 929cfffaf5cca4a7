#!/usr/bin/env bash
# What kpx veth costs: all pods of a node against a shell loop, one pod by a process id against the bare system calls.
#   pods.sh KPX IN-PROCESS [PODS]
# The pods are sleeping processes in network namespaces of their own, in cgroups as a kubelet names them; the node is a
# network namespace, too. Environment: ROUNDS (11); RECORD, a file that takes the ratios (bench.py).
set -euo pipefail
cd "$(dirname "$0")/.."
kpx=$(realpath "${1:?the kpx program}") bench=$(realpath "${2:?the in-process program}") count=${3:-500}

if [ "$(id -u)" != 0 ]; then
  exec sudo ROUNDS="${ROUNDS:-}" RECORD="${RECORD:-}" -- "$0" "$kpx" "$bench" "$count"
fi
PATH=$PATH:/usr/sbin:/sbin
node=kpx-bench-$$
work=$(mktemp -d)
pids=()
# The first hierarchy of cgroups that is there: version 2, or one of version 1.
cgroups=$(awk '{ for (i = 7; $i != "-"; i++) ; if ($(i + 1) == "cgroup2" || $(i + 3) ~ /pids|name=systemd/) { print $5; exit } }' \
  /proc/self/mountinfo)
parent=$cgroups/kpx-bench-$$
clean() {
  [ ${#pids[@]} -eq 0 ] || kill -9 "${pids[@]}" 2>/dev/null || true
  wait 2>/dev/null || true
  ip netns delete "$node" 2>/dev/null || true
  [ ! -d "$parent" ] || find "$parent" -depth -type d -exec rmdir {} + 2>/dev/null || true
  rm -rf "$work"
}
trap clean EXIT

cc -O2 -Wall -Wextra -Werror -o "$work/floor" Benchmarks/pods-floor.c
ip netns add "$node"
ip -n "$node" link set lo up
ip -n "$node" link add cni0 type bridge
ip -n "$node" link set cni0 addrgenmode none up
export KPX_POD_LOGS=$work/logs KPX_KUBELET_PODS=$work/none KPX_CNI_CACHE=$work/none
for i in $(seq "$count"); do
  uid=$(cat /proc/sys/kernel/random/uuid)
  unshare --net sleep infinity &
  pids+=($!)
  mkdir -p "$parent/kubepods/besteffort/pod$uid/$(printf %064x "$i")" "$work/logs/default_pod-${i}_$uid"
  echo $! >"$parent/kubepods/besteffort/pod$uid/$(printf %064x "$i")/cgroup.procs"
done
for i in "${!pids[@]}"; do
  until [ "$(readlink "/proc/${pids[i]}/ns/net")" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.01; done
  # Without IPv6's own addresses: 500 ends on a bridge that look for each other would be what is measured.
  echo "link add veth$i master cni0 type veth peer name eth0 netns ${pids[i]}"
  echo "link set veth$i addrgenmode none"
  echo "link set veth$i up"
done | ip -n "$node" -batch -
for i in "${!pids[@]}"; do
  printf 'link set eth0 addrgenmode none\nlink set eth0 up\naddr add 10.%d.%d.2/24 dev eth0\n' $((i / 250 + 100)) $((i % 250)) |
    nsenter -t "${pids[i]}" -n ip -batch -
done
printf '%s\n' "${pids[@]:0:100}" >"$work/pids"
echo 'while read -r pid; do nsenter -t "$pid" -n ip addr; done <"$1"' >"$work/loop"
# ip opens every name in /run/netns for each pod's peer: what else this machine has there would be measured.
on_node() {
  ip netns exec "$node" sh -c 'mount -t tmpfs kpx-bench /run/netns && exec "$@"' sh "$@"
}

found=$(on_node "$kpx" veth --no-runtime --no-headers | grep -c ' veth')
[ "$found" = "$count" ] || { echo "kpx: $found of $count pods were found" >&2; exit 1; }
one=${pids[$((count / 2))]}
record() { [ -z "${RECORD:-}" ] || printf '%s\0' --record "$RECORD" "$@"; }
mapfile -d '' all < <(record "veth, $count pods" 0.22)
mapfile -d '' single < <(record "veth, one pod by a process id, in one process" 1.3)
echo "All $count pods, against nsenter and ip for 100 of them:"
on_node python3 Benchmarks/compare.py --rounds "${ROUNDS:-11}" "${all[@]}" \
  "shell-100=sh $work/loop $work/pids" "kpx=$kpx veth --no-runtime"
echo "One pod by a process id, 2000 times in one process:"
on_node python3 Benchmarks/compare.py --rounds "${ROUNDS:-11}" "${single[@]}" \
  "floor=$work/floor $one 2000" "kpx=$bench veth $one 2000"
echo "The same, once, with the start of the program:"
on_node python3 Benchmarks/compare.py --rounds "${ROUNDS:-11}" \
  "floor=$work/floor $one 1" "nsenter=nsenter -t $one -n ip addr" "version=$kpx --version" "kpx=$kpx veth $one"
