# shellcheck shell=bash
# What the comparisons need beside Rust. Sourced by their scripts `run`. For Debian and Ubuntu.

sharp=0.35.5 # the latest when this was written; it decodes for everybody where answers are scored

has() { command -v "$1" >/dev/null 2>&1; }

# install_packages PACKAGE...: shows each command before it runs, as ./start does.
install_packages() {
    [ $# -gt 0 ] || return 0
    local root=()
    [ "$(id -u)" -eq 0 ] || root=(sudo)
    echo "Installing: $*" >&2
    (set -x && "${root[@]}" apt-get update --quiet &&
        "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "$@") >&2
}

# install_module FOLDER NAME VERSION [MORE...]: from npm into a folder of the cache. MORE: its own dependencies, where
# their versions are to stay.
install_module() {
    local folder=$1 name=$2 version=$3 found
    shift 3
    found=$(node -p "JSON.parse(fs.readFileSync('$folder/node_modules/$name/package.json')).version" 2>/dev/null) || found=''
    [ "$found" != "$version" ] || return 0
    mkdir -p "$folder"
    (set -x && npm install --prefix "$folder" --no-fund --no-audit --loglevel error "$name@$version" "$@") >&2
}

# install_sharp CACHE
install_sharp() { install_module "$1/node" sharp "$sharp"; }
