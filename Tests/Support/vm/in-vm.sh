#!/bin/sh
# in-vm.sh TEST-BUNDLE OPTION...: what run-tests.sh runs in the machine, with the program that KPX names.
kpx=$KPX
captures=$PWD/Tests/Fixtures/captures
dump="--api-dump $captures/api/yaobank --node node1"
fail() { echo "in-vm: $*" >&2; exit 1; }

# The kernel runs this for what it misses; a module that is not there leaves no trace in /proc/modules.
cat >/tmp/modprobe <<'EOF'
#!/bin/sh
echo "modprobe $*" >>/tmp/modprobes
exec /usr/sbin/modprobe "$@"
EOF
chmod +x /tmp/modprobe
: >/tmp/modprobes
echo /tmp/modprobe >/proc/sys/kernel/modprobe
modules() { cut -d' ' -f1 /proc/modules | sort; }

# look STATUS ARGUMENT...: runs kpx, which must end with one of the statuses (as a pattern), and load nothing.
look() {
  wanted=$1; shift
  : >/tmp/modprobes
  modules >/tmp/modules.before
  $kpx "$@" >/tmp/answer 2>&1
  status=$?
  eval "case $status in $wanted) ;; *) fail \"kpx $*: status $status: \$(cat /tmp/answer)\" ;; esac"
  [ ! -s /tmp/modprobes ] || fail "kpx $* had the kernel look for modules: $(cat /tmp/modprobes)"
  modules >/tmp/modules.after
  cmp -s /tmp/modules.before /tmp/modules.after ||
    fail "kpx $* loaded modules: $(diff /tmp/modules.before /tmp/modules.after | grep '^[<>+-]')"
  looked=$((${looked:-0} + 1))
}

# Every command, and ways of asking that read something of their own.
look_at_all() {
  look '[012]|69' trace yaobank/summary $dump
  look '[012]|66|69' trace yaobank/summary $dump --verify -o wide
  look '[012]|69' trace yaobank/summary $dump --from external
  look '[012]|69' trace yaobank/summary $dump --from node -o json
  look '[012]|69' trace edge/zoned --api-dump "$captures/api/lab" --node node1
  look '[012]|69' trace 10.96.188.204:80 $dump
  look '[012]|66|69' trace 10.96.188.204 --no-api
  look '[012]|66|69' trace :30180 --no-api -6
  look '[012]|69' services -A $dump
  look 0 veth
  look 0 veth -o wide
  look "$1" ipset
  look "$2" ipvs
}

# IPVS and ipsets were never used on this machine: asking for them must not load them.
grep -qE '^(ip_vs|ip_set|nf_tables|ip_tables) ' /proc/modules && fail "the machine is not fresh"
look_at_all 69 69
[ ! -e /proc/net/ip_vs ] || fail "kpx loaded IPVS"

# A pod, by nothing but a process and a folder of logs; rules of each kind, sets and virtual services.
uid=0f3d9a52-8a0c-4a55-9c3f-2f6d1f2b7a10
ip netns add pod
ip link add vethpod type veth peer name eth0 netns pod
ip link set vethpod up; ip -n pod link set eth0 up; ip -n pod addr add 10.244.1.2/24 dev eth0
mkdir -p /sys/fs/cgroup/kubepods/besteffort/pod$uid/0123456789abcdef "/var/log/pods/default_web-1_$uid"
ip netns exec pod sleep 600 &
pod=$!
until [ "$(readlink /proc/$pod/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.1; done
echo $pod >/sys/fs/cgroup/kubepods/besteffort/pod$uid/0123456789abcdef/cgroup.procs
with_pod() {
  look 0 veth default/web-1
  look 0 veth $pod
  look 0 veth 10.244.1.2
  look 0 exec default/web-1 -- true
  look '[012]|69' trace yaobank/summary $dump --from default/web-1 -o wide
}
with_pod
# Before Linux 5.11 a set's buckets cannot be told.
sets() {
  if uname -r | grep -q '^5\.10\.'; then sed -E 's/ (bucketsize|initval) [^ ]+//g' "$1"; else cat "$1"; fi |
    ipset restore -exist || fail "ipset restore"
}
# Without nfacct's objects.
rules() { sed /nfacct/d "$captures/$1/$2" | "$3" || fail "$3 does not load $1"; }
ip link add kube-ipvs0 type dummy
sets "$captures/lab-ipvs-v1.34/ipset-save.txt"
rules yaobank-iptables-legacy-v1.34 iptables-legacy-save.txt iptables-legacy-restore
rules lab-ipvs-v1.34 iptables-nft-save.txt iptables-nft-restore
ipvsadm -R <"$captures/lab-ipvs-v1.34/ipvsadm-save.txt" || fail "ipvsadm -R"
look_at_all 0 0
with_pod
kill $pod
echo /usr/sbin/modprobe >/proc/sys/kernel/modprobe
echo "in-vm: none of $looked commands had the kernel load or look for a module"

# The tests have the machine as it was, but for what was loaded.
ip netns delete pod; ip link delete kube-ipvs0; ipvsadm -C
for tool in iptables-legacy iptables-nft ip6tables-legacy; do
  for table in nat filter mangle; do $tool -t $table -F; $tool -t $table -X; done
done 2>/dev/null
ipset destroy

# What loads modules on demand may find one half loaded by its neighbour: here all are loaded before tests run side by
# side.
find /lib/modules -name '*.ko' | sed 's,.*/,,; s,\.ko$,,' |
  grep -E '^(ip_set|ip_vs|xt_|nf_|nft_|nfnetlink|ip6?t_|ip6?table_|br_netfilter|sctp|dummy|veth)' |
  while read -r module; do modprobe "$module" 2>/dev/null; done

exec "$@" --testing-library swift-testing
