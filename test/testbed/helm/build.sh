#!/usr/bin/env bash
# Builds helm, once for each state of these files, and prints the folder that it is in; --where only prints it.
# Needs Go, and nothing else. After the control plane (../cluster) it is quick: they share most packages, built with the same flags.
set -euo pipefail
cd "$(dirname "$0")"
sources=$(cat build.sh go.mod go.sum | sha256sum | cut -c1-12)
target=${XDG_CACHE_HOME:-$HOME/.cache}/nireon-testbed/helm-$sources
echo "$target"
[ "${1:-}" != --where ] || exit 0
mkdir -p "$target"
# Two that want it at once: the second waits, and finds it made.
exec 9>"$target/lock"
flock 9
[ ! -e "$target/helm" ] || exit 0

go version >&2 || { echo "Go is needed (Debian: golang): as new as go.mod says, or 1.21, which fetches that one itself" >&2; exit 1; }
# With CGO it would take a C compiler.
export CGO_ENABLED=0 GOFLAGS=-mod=readonly
go build -p "${BUILD_JOBS:-$(nproc)}" -trimpath -buildvcs=false -gcflags=all=-dwarf=false -ldflags='-s -w' -o "$target/helm" helm.sh/helm/v4/cmd/helm >&2
