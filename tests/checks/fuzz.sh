#!/usr/bin/env bash
# fuzz.sh BUILD [TARGET...]: runs the fuzz targets that the preset "fuzz" built into BUILD, all or these, two at a time, each for
# FUZZ_SECONDS (15). They begin with their corpus and keep what they find in a folder that is thrown away; an input that fails is
# kept in BUILD/found.
set -euo pipefail
here="$(cd "$(dirname "$0")/../fuzz" && pwd)"
build="$(cd "$1" && pwd)"
shift
targets=("$@")
[ ${#targets[@]} -gt 0 ] || for source in "$here"/*_fuzz.cc; do
  source="${source##*/}"
  targets+=("${source%_fuzz.cc}")
done
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
export here build scratch FUZZ_SECONDS="${FUZZ_SECONDS:-15}"
export ASAN_SYMBOLIZER_PATH="${ASAN_SYMBOLIZER_PATH:-/usr/bin/llvm-symbolizer-14}" UBSAN_OPTIONS=print_stacktrace=1
mkdir -p "$build/found"

# figure WORD LOG: the number behind WORD in the last line of libFuzzer's that has it.
figure() { sed -n "s/.*$1 *\([0-9][0-9]*\).*/\1/p" "$2" | tail -n 1; }

fuzz() {
  local name=$1 log="$scratch/$1.log" words=()
  [ ! -e "$here/dict/$name.dict" ] || words=("-dict=$here/dict/$name.dict")
  mkdir "$scratch/$name"
  if ! "$build/${name}_fuzz" "$scratch/$name" "$here/corpus/$name" "${words[@]}" -max_total_time="$FUZZ_SECONDS" -max_len=16384 \
    -timeout=5 -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$build/found/$name-" < /dev/null > "$log" 2>&1; then
    printf 'fuzz: %s failed; its last lines:\n' "$name"
    grep -vE '^#[0-9]+[[:space:]]|NEW_FUNC' "$log" | tail -n 40
    printf 'again: %s\n' "$build/${name}_fuzz $(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)"
    return 1
  fi
  printf 'fuzz: %-14s %9s runs, coverage %5s edges, %5s features, %5s inputs kept\n' "$name" \
    "$(figure 'stat::number_of_executed_units:' "$log")" "$(figure 'cov:' "$log")" "$(figure 'ft:' "$log")" "$(figure 'corp:' "$log")"
}
export -f fuzz figure

printf '%s\n' "${targets[@]}" | xargs -P 2 -I{} bash -c 'fuzz {}' || {
  echo "fuzz: found something, see above"
  exit 1
}
