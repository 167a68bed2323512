#!/bin/sh
# make check-style: layers, formatting, cppcheck, clang-tidy over our own C files. Ends with `N passed, N failed`.
set -u
cd "$(dirname "$0")/../.." || exit 2
passed=0 failed=0
verdict() { # code name
    if [ "$1" -eq 0 ]; then passed=$((passed + 1)); echo "ok    $2"; else failed=$((failed + 1)); echo "FAIL  $2"; fi
}
files=$(git ls-files '*.c' '*.h')
sh tests/style/layers.sh; verdict $? layers
# shellcheck disable=SC2086
clang-format --dry-run -Werror $files; verdict $? clang-format
# shellcheck disable=SC2086
cppcheck --quiet --std=c11 --error-exitcode=1 --enable=warning,performance,portability --inline-suppr \
    --suppress=missingIncludeSystem --suppress=normalCheckLevelMaxBranches -I. -Ishared $(git ls-files '*.c'); verdict $? cppcheck
sources=$(git ls-files 'shared/*.c' 'extractd/*.c' 'spoold/*.c')
checks='-*,bugprone-*,clang-analyzer-*,-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling,-bugprone-easily-swappable-parameters,-bugprone-narrowing-conversions,-bugprone-reserved-identifier,-bugprone-branch-clone,-bugprone-macro-parentheses,-bugprone-not-null-terminated-result,-clang-analyzer-valist.Uninitialized'
# What the Makefile tells the compiler: the version, and where foreign headers are (freetype2 for ft2build.h, poppler-glib for poppler.h).
foreign=$(pkg-config --cflags freetype2 poppler-glib | sed 's/-I/-isystem /g') || foreign=
# shellcheck disable=SC2086,SC2016
printf '%s\n' $sources | CHECKS="$checks" FOREIGN="$foreign" xargs -n 8 -P 2 sh -c \
    'clang-tidy --quiet --warnings-as-errors="*" -checks="$CHECKS" "$@" -- -std=c11 -D_GNU_SOURCE -I. -Ishared -DPDFSPOOL_VERSION="\"style\"" $FOREIGN 2>/dev/null' _
verdict $? clang-tidy
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
