#!/bin/sh
# Lays files down below $DESTDIR$PREFIX, or takes them away again: install.sh install|uninstall FOLDER:MODE:FILE,FILE... (patterns are
# allowed; one that fits nothing is passed over). The page's files, www/, are a tree of their own. Folders of ours that are empty go, too.
set -eu
to=${DESTDIR:-}${PREFIX:?}
what=$1
shift

each() { # FOLDER:MODE:FILE,FILE...
    folder=${1%%:*} rest=${1#*:}
    mode=${rest%%:*} files=${rest#*:}
    [ "$what" = uninstall ] || install -d "$to/$folder"
    for pattern in $(printf '%s' "$files" | tr ',' ' '); do
        for file in $pattern; do
            [ -e "$file" ] || continue
            if [ "$what" = install ]; then
                install -m "$mode" "$file" "$to/$folder/"
            else
                rm -f "$to/$folder/${file##*/}"
            fi
        done
    done
}

for group in "$@"; do each "$group"; done
rm -rf "$to/share/pdfspool/www"
if [ "$what" = install ]; then
    cp -r www "$to/share/pdfspool/"
    chmod -R u=rwX,go=rX "$to/share/pdfspool/www"
else
    for folder in share/pdfspool share/doc/pdfspool/examples share/doc/pdfspool libexec/pdfspool; do
        [ ! -d "$to/$folder" ] || rmdir --ignore-fail-on-non-empty "$to/$folder"
    done
fi
