#!/bin/bash
# ./run's own decisions, with a package manager, a sudo and build tools that only write down how they were called.
set -euo pipefail

run=$1 # the script under test
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
failures=0

check() { # check WHAT CONDITION...
  if ! "${@:2}"; then
    printf 'FAILED: %s: %s\n' "$scene" "$1" >&2
    failures=$((failures + 1))
  fi
}

fake() { # fake NAME BODY: a program in $place/bin
  printf '#!/bin/bash\n%s\n' "$2" >"$place/bin/$1"
  chmod +x "$place/bin/$1"
}

# A tree with the script and sources, every package installed, apt-get and sudo at hand, and the tools of a bare Debian.
set_scene() {
  scene=$1
  rm -rf "$place/bin" "$place/tree" "$place/calls"
  mkdir -p "$place/bin" "$place/tree"/{base,fetch,parse,storage,scraper,bench,tests,seeds}
  touch "$place/tree/CMakeLists.txt" "$place/calls"
  cp "$run" "$place/tree/run"
  for tool in bash cat chmod dirname env find flock head mkdir mv nproc printf rm sed tail timeout touch tr true; do
    ln -s "$(type -P "$tool")" "$place/bin/$tool"
  done
  fake id 'echo 0'
  fake dpkg-query 'shift 3; for package; do echo "installed:$package"; done'
  fake apt-get "echo \"apt-get \$DEBIAN_FRONTEND \$*\" >>$place/calls"
  fake sudo "echo \"sudo \$*\" >>$place/calls; shift; exec \"\$@\""
  fake cmake "echo cmake >>$place/calls; mkdir -p $place/tree/build; touch $place/tree/build/build.ninja"
  fake ninja "echo \"ninja \$*\" >>$place/calls
    for name in scraper scraper-parse; do printf '#!/bin/bash\\necho \"scraper: \$*\"\\n' >$place/tree/build/\$name; done
    chmod +x $place/tree/build/scraper*"
  fake ctest "echo \"ctest \$*\" >>$place/calls"
}

lack() { # lack PACKAGE...: these are not installed, the last one only as left-over configuration
  fake dpkg-query "shift 3; for package; do case \" $* \" in *\" \$package \"*) ;; *) echo \"installed:\$package\";; esac; done
    echo \"config-files:${*: -1}\"; exit 1"
}

start() { # start ARGUMENTS...: sets code, out and err
  code=0
  PATH=$place/bin "$place/tree/run" "$@" >"$place/out" 2>"$place/err" </dev/null || code=$?
  out=$(<"$place/out") err=$(<"$place/err") calls=$(<"$place/calls")
}

contains() { [[ $1 == *"$2"* ]]; }
lacks() { [[ $1 != *"$2"* ]]; }
equals() { [[ $1 == "$2" ]]; }
is_one_line() { [[ -n $1 && $1 != *$'\n'* ]]; }

set_scene 'nothing is missing'
start crawl 'a b' --depth 2
check 'becomes the program with its arguments' equals "$out" 'scraper: crawl a b --depth 2'
check 'succeeds' equals "$code" 0
check 'calls no package manager' lacks "$calls" apt-get
check 'configures once' equals "$(grep -c '^cmake' "$place/calls")" 1
check 'builds both programs' contains "$calls" 'scraper scraper-parse'

: >"$place/calls"
start --version
check 'a second start builds nothing' equals "$calls" ''
check 'a second start runs the program' equals "$out" 'scraper: --version'

touch -d '+2 seconds' "$place/tree/fetch/new.cc"
start --version
check 'a newer source is built' contains "$calls" ninja
check 'without configuring' lacks "$calls" cmake

set_scene 'the tree was moved'
start --version
mv "$place/tree" "$place/moved"
: >"$place/calls"
PATH=$place/bin "$place/moved/run" --version >/dev/null 2>&1 || true
check 'is configured again' contains "$(<"$place/calls")" cmake
rm -rf "$place/moved"

set_scene 'packages are missing'
lack cmake libgumbo-dev
start --version
check 'apt-get installs them and no others' contains "$calls" 'install --no-install-recommends cmake libgumbo-dev'
check 'without a question' contains "$calls" 'apt-get noninteractive -y'
check 'says so before' contains "$err" 'run: installing cmake libgumbo-dev'
check 'as root, not by sudo' lacks "$calls" sudo
check 'and goes on' equals "$out" 'scraper: --version'

set_scene 'packages are missing, a user with sudo'
lack cmake
fake id 'echo 1000'
start --version
check 'apt-get runs by sudo, which must not ask' contains "$calls" 'sudo -n env DEBIAN_FRONTEND=noninteractive'
check 'goes on' equals "$out" 'scraper: --version'

expect_one_line() { # expect_one_line REASON
  start --version
  check 'fails' equals "$code" 1
  check 'says one line' is_one_line "$(grep -v ': installing ' "$place/err")"
  check 'says why' contains "$err" "$1"
  check 'says what is missing' contains "$err" 'missing: cmake catch2;'
  check 'says the line that mends it' contains "$err" 'apt-get install --no-install-recommends cmake catch2'
  check 'builds nothing' lacks "$calls" ninja
  check 'prints nothing' equals "$out" ''
}

set_scene 'a user without sudo'
lack cmake catch2
fake id 'echo 1000'
rm "$place/bin/sudo"
expect_one_line 'no sudo'

set_scene 'a sudo that asks for a password'
lack cmake catch2
fake id 'echo 1000'
fake sudo 'echo "sudo: a password is required" >&2; exit 1'
expect_one_line 'a password'

set_scene 'no apt-get'
lack cmake catch2
rm "$place/bin/apt-get"
expect_one_line 'no apt-get'

set_scene 'no package source'
lack cmake catch2
fake apt-get 'echo "E: Unable to locate package cmake"; exit 100'
expect_one_line 'could not install'

set_scene 'a package source that never answers'
lack cmake catch2
rm "$place/bin/timeout"
fake timeout "echo \"timeout \$*\" >>$place/calls; exit 124"
expect_one_line 'could not install'
check 'is not waited for twice' equals "$(grep -c '^timeout' "$place/calls")" 1

set_scene 'the build fails'
fake ninja 'exit 1'
start --version
check 'fails' equals "$code" 1
check 'says so' contains "$err" 'the build failed'
check 'is tried again' lacks "$(ls -a "$place/tree/build")" '.built-program
'

set_scene 'the tests'
start test -R fetch
check 'builds everything' contains "$calls" ' all'
check 'ctest gets the rest' contains "$calls" 'ctest --output-on-failure -j4 -R fetch'

((failures == 0)) || exit 1
printf 'all scenes of ./run went as they should\n'
