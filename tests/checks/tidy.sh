#!/usr/bin/env bash
# tidy.sh BUILD: clang-tidy on every source of the program, two at a time. Most of its time goes to the headers, so a room's files are looked
# at a dozen together: BUILD is configured with CMAKE_UNITY_BUILD, and only for its lists. A list that does not pass is halved until the file
# is found; one in which two files have the same name for something of their own passes in halves. misc-unused-using-decls looks at no
# included file; unused_using does.
set -euo pipefail
export build=$1

look() {
  local list=$1 files half passed=0
  clang-tidy-14 --quiet -p "$build" "$list" > "$list.log" 2> /dev/null && return
  mapfile -t files < <(sed -n 's/^#include "\(.*\)"$/\1/p' "$list")
  if [ ${#files[@]} -lt 2 ]; then
    cat "$list.log"
    return 1
  fi
  half=$(((${#files[@]} + 1) / 2))
  printf '#include "%s"\n' "${files[@]:0:half}" > "$list.1.cxx"
  printf '#include "%s"\n' "${files[@]:half}" > "$list.2.cxx"
  look "$list.1.cxx" || passed=1
  look "$list.2.cxx" || passed=1
  return $passed
}
export -f look

# Declarations "using a::b;" in FILES after which no b stands alone, comments apart.
unused_using() {
  perl -0777 -ne 's{//.*}{}g; while (/^\s*using\s+[\w:]*?(\w+)::(\w+);/mg) {
    my ($from, $name) = ($1, $2);
    next if $from eq $name || substr($_, $+[0]) =~ /(?<!::)\b$name\b/;
    print "$ARGV: using ...::$name is not used [misc-unused-using-decls]\n";
  }' "$@" | { ! grep .; }
}

mapfile -t lists < <(find "$build/rooms" -path "$build/rooms/bench" -prune -o -name 'unity_*_cxx.cxx' -print)
sed -n 's/^#include "\(.*\)"$/\1/p' "${lists[@]}" | { mapfile -t sources; unused_using "${sources[@]}"; }
printf '%s\0' "${lists[@]}" | xargs -0 -P 2 -I{} bash -c 'look {}'
