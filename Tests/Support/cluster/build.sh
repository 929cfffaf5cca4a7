#!/usr/bin/env bash
# The programs that `cluster` starts and that no Debian machine has by itself, into .build/cluster, once: the Kubernetes
# programs, built from Debian's source package `kubernetes` (bookworm has v1.20.2, with all that it is built from; no newer
# release is in Debian as a whole), and etcd, sshd and kubectl, out of their packages without installing them: daemons
# would start on this machine, and another kubectl be in the way.
#
#   build.sh             K8S_BIN=DIR: the Kubernetes programs are there, and only the others are wanted
#
# Root and Debian bookworm. Some 7 minutes on two cores; 3 GB of disk meanwhile, 400 MB afterwards. Status 75 where this
# machine is no Debian bookworm.
set -euo pipefail
export LC_ALL=C
[ $# = 0 ] || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 64; }
cd "$(dirname "$0")/../../.."
programs="kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy"
mkdir -p .build/cluster
dir=$PWD/.build/cluster
there() { for p; do [ -x "$dir/${p##*/}" ] || return 1; done; }
missing=
[ -n "${K8S_BIN:-}" ] || there $programs || missing=1
others="etcd-server:usr/bin/etcd openssh-server:usr/sbin/sshd kubernetes-client:usr/bin/kubectl"
[ -n "$missing" ] || ! there $others || exit 0

bookworm=$(grep -s '^VERSION_CODENAME=bookworm' /etc/os-release || true)
[ -n "$bookworm" ] || { echo "build.sh: not Debian bookworm, whose packages these programs come from" >&2; exit 75; }
work=$(mktemp -d "$dir/build.XXXXXX")
trap 'rm -rf "$work"' EXIT
quiet() { "$@" >"$work/log" 2>&1 || { tail -20 "$work/log" >&2; exit 1; }; }

# From where this machine has its packages; apt's own lists stay as they are.
mkdir -p "$work"/{sources,lists/partial,gopath,cache}
for f in /etc/apt/sources.list.d/*.sources; do
  [ ! -e "$f" ] || ! grep -q '^Suites:.*bookworm' "$f" || sed 's/^Types:.*/Types: deb deb-src/' "$f" >"$work/sources/${f##*/}"
done
sed -n '/bookworm/s/^deb \(.*\)/deb \1\ndeb-src \1/p' /etc/apt/sources.list >"$work/sources.list" 2>/dev/null || true
private_apt() {
  (cd "$work" && quiet apt-get -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts="$work/sources" \
    -o Dir::State::Lists="$work/lists" -o APT::Sandbox::User=root "$@")
}
private_apt update -q

for p in $others; do
  private_apt download -q "${p%%:*}"
  dpkg-deb --fsys-tarfile "$work/${p%%:*}"_*.deb | tar -x -C "$work" "./${p#*:}"
  mv "$work/${p#*:}" "$dir/"
done
[ -n "$missing" ] || exit 0

echo "Building Kubernetes, once: some 7 minutes on two cores"
private_apt source -q kubernetes
cd "$work"
version=$(dpkg-parsechangelog -l kubernetes-*/debian/changelog -S Version)
version=${version##*really} version=v${version%%-*}
cd kubernetes-*/
# Its copy of reflect2 (1.0.1) corrupts memory with Go 1.18 and later: kube-apiserver dies on PATCH requests. Debian's
# (1.0.2) does not.
reflect2=vendor/github.com/modern-go/reflect2
rm -r "${reflect2:?}"/*
cp /usr/share/gocode/src/github.com/modern-go/reflect2/*.{go,s} $reflect2/
cat >"$work/version" <<V
KUBE_GIT_COMMIT=debian
KUBE_GIT_TREE_STATE=clean
KUBE_GIT_VERSION=$version
KUBE_GIT_MAJOR=1
KUBE_GIT_MINOR=$(cut -d. -f2 <<<"$version")
V
mkdir -p .go/src/k8s.io
ln -s ../../.. .go/src/k8s.io/kubernetes
export GOPATH=$PWD/.go GOCACHE=$work/cache HOME=$work CGO_ENABLED=0 GOFLAGS='' GOPROXY=off GO111MODULE=auto
export KUBE_GIT_VERSION_FILE=$work/version
# Not one of a make that this was started by.
unset MAKEFLAGS MAKELEVEL MFLAGS
quiet make WHAT="$(printf 'cmd/%s ' $programs)" GOLDFLAGS="-s -w"
for p in $programs; do mv "_output/bin/$p" "$dir/"; done
echo "$dir: Kubernetes $version"
