#!/usr/bin/env bash
# Builds the control plane, once for each state of these files, and prints the folder that it is in; --where only prints it.
# Needs Go, and nothing else. Cold it takes many minutes of CPU: start it before it is waited for.
set -euo pipefail
cd "$(dirname "$0")"
sources=$(cat build.sh go.mod go.sum main.go | sha256sum | cut -c1-12)
target=${XDG_CACHE_HOME:-$HOME/.cache}/nireon-testbed/control-plane-$sources
echo "$target"
[ "${1:-}" != --where ] || exit 0
mkdir -p "$target"
# Two that want it at once: the second waits, and finds it made.
exec 9>"$target/lock"
flock 9
[ ! -e "$target/kube-controller-manager" ] || exit 0

wanted="Go as new as go.mod says, or 1.21 and newer, which fetches that one itself"
command -v go >/dev/null || { echo "there is no Go (Debian: golang): $wanted" >&2; exit 1; }
minor=$(cd / && go env GOVERSION | sed -E 's/^go1\.([0-9]+).*/\1/')
[ "$minor" -ge 21 ] || { echo "this Go is 1.$minor, too old: $wanted" >&2; exit 1; }
# With CGO it would take a C compiler.
export CGO_ENABLED=0 GOFLAGS=-mod=readonly
version=$(go list -m -f '{{.Version}}' k8s.io/kubernetes)
v=k8s.io/component-base/version minor=${version#v1.}
flags="-s -w -X $v.gitVersion=$version -X $v.gitMajor=1 -X $v.gitMinor=${minor%%.*} -X $v.gitTreeState=clean"
go build -p "${BUILD_JOBS:-$(nproc)}" -trimpath -buildvcs=false -gcflags=all=-dwarf=false -ldflags="$flags" -o "$target/kube" . >&2
for part in etcd kube-apiserver kube-controller-manager; do ln -sf kube "$target/$part"; done
