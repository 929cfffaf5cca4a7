#!/usr/bin/env bash
# Installs, uses and removes what packaging/ made, in a root of Debian 11 (glibc 2.31), and
# runs the image under containerd with the capabilities that README names. Takes a minute or two.
set -euo pipefail
cd "$(dirname "$0")/../.."
PATH=$PATH:/usr/sbin:/sbin
[ "$(id -u)" = 0 ] || { echo 'Not root: installing packages in clean roots is skipped.'; exit; }

work=$(mktemp -d)
root=$work/root
namespace=kpx-packages-$$
containerd=
cleanup() {
  [ -z "$containerd" ] || { kill "$containerd" && wait "$containerd" || true; } 2>/dev/null
  ip netns delete "$namespace" 2>/dev/null || true
  rm -rf --one-file-system "$work"
}
trap cleanup EXIT
fail() { echo "kpx: $*" >&2; exit 1; }
only() { [ $# = 1 ] && [ -e "$1" ] || fail "not one file, but: $*"; realpath "$1"; }
archive=$(only .build/dist/*.tar.gz)
deb=$(only .build/dist/*.deb)
rpm=$(only .build/dist/*.rpm)
image=$(only .build/dist/*.oci.tar)
version=$(.build/release/kpx --version)

# What is left of kpx below the root; dpkg and rpm keep a list of their own, and logs. This folder is where `use` puts it.
left() {
  find "$root" -xdev \( -path "$root/var" -o -path "$root/proc" -o -path "$root/sys" -o -path "$root$PWD" \) -prune -o \
    -name '*kpx*' -print
}
# The demo's questions, answered by the program $1 of the root, with this machine's processes, interfaces and temporary files.
use() {
  cat >"$work/kpx" <<EOF
#!/usr/bin/env bash
exec unshare --mount --propagation slave bash -c '
  root=\$1 program=\$2 folder=\$3; shift 3
  mkdir -p "\$root\$folder"
  mount -t proc proc "\$root/proc"
  for part in sys dev run tmp; do mount --rbind "/\$part" "\$root/\$part"; done
  mount --bind "\$folder" "\$root\$folder"
  exec chroot "\$root" /usr/bin/env -C "\$folder" "\$program" "\$@"' - "$root" "$1" "$PWD" "\$@"
EOF
  chmod 755 "$work/kpx"
  [ "$("$work/kpx" --version)" = "$version" ] || fail "$1 is not the version that was built"
  Tests/Support/demo.sh "$work/kpx" >"$work/demo" 2>&1 || { cat "$work/demo" >&2; fail "$1 does not answer"; }
  for word in yaobank/summary customer-624m6gdck-5fkht; do
    grep -q "$word" "$work/demo" || { cat "$work/demo" >&2; fail "$1 does not answer for $word"; }
  done
}

(cd "$(dirname "$archive")" && sha256sum --quiet --check -- *.sha256)
lintian --allow-root --fail-on error,warning "$deb"
rpmlint --config packaging/rpmlint.toml "$rpm" >"$work/log" 2>&1 || { cat "$work/log" >&2; fail 'rpmlint finds fault'; }

# The mirror that this machine's own packages come from; an unpacked root is kept as it was for each package.
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Component: main' | grep -v -e security | head -n 1)
debootstrap --variant=minbase --include=libcurl4 bullseye "$root" "$mirror" >"$work/log" 2>&1 ||
  { tail "$work/log" >&2; fail 'no root of Debian 11 could be made'; }
glibc=$(chroot "$root" ldd --version | sed -n '1s/.* //p')

cp "$deb" "$root/package.deb"
chroot "$root" dpkg --install /package.deb >"$work/log" 2>&1 || { cat "$work/log" >&2; fail 'the .deb cannot be installed'; }
use /usr/bin/kpx
chroot "$root" dpkg --purge kpx >"$work/log" 2>&1 || { cat "$work/log" >&2; fail 'the .deb cannot be removed'; }
[ -z "$(left)" ] || fail 'the .deb leaves' $(left)
echo "$(basename "$deb"): installed, used and removed with glibc $glibc"

# No rpm knows this root's glibc.
rpm --root "$root" --install --nodeps "$rpm" 2>"$work/log" || { cat "$work/log" >&2; fail "the .rpm cannot be installed"; }
use /usr/bin/kpx
rpm --root "$root" --erase kpx 2>"$work/log" || { cat "$work/log" >&2; fail "the .rpm cannot be removed"; }
[ -z "$(left)" ] || fail 'the .rpm leaves' $(left)
echo "$(basename "$rpm"): installed, used and removed with glibc $glibc"

tar --extract --gzip --directory "$root" --file "$archive"
use "/$(basename "$archive" .tar.gz)/kpx"
echo "$(basename "$archive"): unpacked and used with glibc $glibc"

mkdir "$work/containerd"
cat >"$work/containerd/config.toml" <<EOF
version = 2
root = "$work/containerd/root"
state = "$work/containerd/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
address = "$work/containerd/socket"
EOF
containerd --config "$work/containerd/config.toml" >"$work/containerd/log" 2>&1 &
containerd=$!
client() { ctr --address "$work/containerd/socket" "$@"; }
for _ in $(seq 50); do ! client version >/dev/null 2>&1 || break; sleep 0.1; done
client images import --snapshotter native "$image" >"$work/log" 2>&1 ||
  { cat "$work/log" >&2; fail 'containerd does not take the image'; }
ip netns add "$namespace"
ip netns exec "$namespace" iptables-legacy-restore <<'EOF'
*nat
:KUBE-SERVICES - [0:0]
:KUBE-SVC-AAAAAAAAAAAAAAAA - [0:0]
-A PREROUTING -j KUBE-SERVICES
-A KUBE-SERVICES -d 10.96.0.1 -p tcp -m comment --comment "a/b cluster IP" -m tcp --dport 80 -j KUBE-SVC-AAAAAAAAAAAAAAAA
-A KUBE-SVC-AAAAAAAAAAAAAAAA -p tcp -j DNAT --to-destination 10.244.1.2:8080
COMMIT
EOF
capabilities=(--cap-add CAP_NET_ADMIN --cap-add CAP_NET_RAW --cap-add CAP_SYS_ADMIN --cap-add CAP_SYS_PTRACE)
run() {
  client run --rm --snapshotter native --with-ns "network:/run/netns/$namespace" "${capabilities[@]}" \
    "localhost/kpx:${version%% *}" "$namespace-$RANDOM" kpx "$@" </dev/null >"$work/answer" 2>&1 || true
}
expect() { grep -q -- "$1" "$work/answer" || { cat "$work/answer" >&2; fail "in the image, kpx does not say $1"; }; }
run version
expect 'capabilities  all that kpx needs'
# The rules, read a second time by the image's libip4tc; and an API that only its libcurl can find to be missing.
run trace 10.96.0.1:80 --verify --server https://127.0.0.1:1 --token x
expect '10.244.1.2:8080'
! grep -i 'is not installed' "$work/answer" || fail 'the image lacks a library'
echo "$(basename "$image"): run by containerd with the four capabilities"
