#!/usr/bin/env bash
# Fetches the jars of an Apache Kafka broker from Maven Central, once for each state of these files, and prints the folder that they are in;
# --where only prints it. Needs Maven and a Java.
set -euo pipefail
cd "$(dirname "$0")"
sources=$(cat fetch.sh pom.xml | sha256sum | cut -c1-12)
target=${XDG_CACHE_HOME:-$HOME/.cache}/nireon-testbed/kafka-$sources
echo "$target"
[ "${1:-}" != --where ] || exit 0
mkdir -p "$target"
# Two that want it at once: the second waits, and finds it made.
exec 9>"$target/lock"
flock 9
[ ! -e "$target/jars" ] || exit 0

command -v mvn >/dev/null || { echo "Maven is needed (Debian: maven)" >&2; exit 1; }
rm -rf "$target/partial"
mvn -B -q -ntp -f pom.xml dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$target/partial" >&2
mv "$target/partial" "$target/jars"
