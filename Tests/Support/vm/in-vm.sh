#!/bin/sh
# in-vm.sh BUILD-FOLDER: what run-tests.sh runs in the machine.
kpx=$1/kpx
fail() { echo "in-vm: $*" >&2; exit 1; }

# IPVS and ipsets were never used on this machine: asking for them must not load them.
grep -qE '^(ip_vs|ip_set|nf_tables|ip_tables) ' /proc/modules && fail "the machine is not fresh"
cut -d' ' -f1 /proc/modules | sort >/tmp/modules.before
api=$PWD/Tests/Fixtures/captures/api/yaobank
$kpx trace yaobank/summary --api-dump "$api" --node node1 >/tmp/trace 2>&1
[ $? = 1 ] || fail "kpx trace: $(cat /tmp/trace)"
$kpx ipvs >/tmp/ipvs 2>&1
[ $? = 69 ] || fail "kpx ipvs: $(cat /tmp/ipvs)"
$kpx ipset >/tmp/ipset 2>&1
[ $? = 69 ] || fail "kpx ipset: $(cat /tmp/ipset)"
cut -d' ' -f1 /proc/modules | sort >/tmp/modules.after
cmp -s /tmp/modules.before /tmp/modules.after ||
  fail "kpx loaded modules: $(diff /tmp/modules.before /tmp/modules.after | grep '^[<>+-]')"
[ ! -e /proc/net/ip_vs ] || fail "kpx loaded IPVS"
echo "in-vm: kpx trace, ipvs and ipset loaded none of the modules: $(cat /tmp/ipvs)"

# What loads modules on demand may find one half loaded by its neighbour: here all are loaded before tests run side by
# side.
find /lib/modules -name '*.ko' | sed 's,.*/,,; s,\.ko$,,' |
  grep -E '^(ip_set|ip_vs|xt_|nf_tables|nft_|ip6?t_|ip6?table_|dummy|veth)' |
  while read -r module; do modprobe "$module" 2>/dev/null; done

exec "$1/kpxPackageTests.xctest" --testing-library swift-testing \
  --filter 'IPVSLiveTests|IPVSListTests|IPSetLiveTests|IPSetTestTests'
