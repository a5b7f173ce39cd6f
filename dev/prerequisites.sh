# shellcheck shell=bash
# What Tintype is built, tested and checked with: finds what is missing, names it with a reason, and gets it after
# asking. Sourced by ./start, ./test and .ci/run, from the repository's own folder. It runs no command that installs
# without having shown it. Written for bash 3.2, the one on macOS: its empty arrays cannot be expanded under `set -u`.

missing=''       # one line each: the name, and what it is for
by_hand=''       # one line each: what no command here can get, and how a person gets it
packages=''      # words, for apt-get or brew
rust_commands='' # one line each

has() { command -v "$1" >/dev/null 2>&1; }

# version_fits WANTED FOUND: whether FOUND is at least WANTED, by major and minor.
version_fits() {
    [ "$(version_number "$2")" -ge "$(version_number "$1")" ]
}

# 2.16.01 as 20016; 0 where there is no version.
version_number() {
    local major minor rest
    IFS=. read -r major minor rest <<<"$1"
    major=${major%%[!0-9]*} minor=${minor%%[!0-9]*}
    echo "$((10#${major:-0} * 10000 + 10#${minor:-0}))"
}

# name_missing NAME REASON [HOW]: HOW is for what only a person can get.
name_missing() {
    missing="$missing  $1: $2"$'\n'
    [ -z "${3-}" ] || by_hand="$by_hand  $1: $3"$'\n'
}

# lacks NAME REASON DEBIAN_PACKAGES [BREW_PACKAGES]: HOW is the package manager's business, if there is one.
lacks() {
    local how=''
    if [ "$(uname -s)" = Darwin ]; then
        if has brew; then packages="$packages $4"; else how="brew install $4 (Homebrew is at https://brew.sh)"; fi
    elif ! has apt-get; then
        how="from your system's packages"
    elif [ "$(id -u)" -eq 0 ] || has sudo; then
        packages="$packages $3"
    else
        how="as root, apt-get install $3"
    fi
    name_missing "$1" "$2" "$how"
}

look_for_compiler() {
    local reason='compiles SQLite, libwebp and libjpeg-turbo, and links the program'
    if [ "$(uname -s)" = Darwin ]; then
        # cc and make stand in /usr/bin before they are installed, and then only offer to be.
        xcode-select -p >/dev/null 2>&1 ||
            name_missing 'C compiler and make' "$reason" 'xcode-select --install, then wait for it to end'
        return 0
    fi
    # Debian's compiler can be there without the C library's headers.
    echo '#include <stdlib.h>' | cc -fsyntax-only -x c - >/dev/null 2>&1 ||
        lacks 'C compiler (cc), with the headers of the C library' "$reason" 'gcc libc6-dev'
    if has make; then
        return 0
    elif has ninja; then
        export CMAKE_GENERATOR=Ninja
    else
        lacks make 'carries out what cmake plans' make
    fi
}

look_for_nasm() {
    # For other processors the C compiler does it.
    case $(uname -m) in x86_64 | amd64 | i?86) ;; *) return 0 ;; esac
    local found
    found=$(nasm -v 2>/dev/null) || found=''
    version_fits 2.14 "${found#NASM version }" ||
        lacks 'nasm 2.14 or newer' 'assembles the fast paths of the JPEG and AVIF decoders' nasm nasm
}

# The version of the Rust that would be used now, or nothing.
rust_found() {
    local found
    # rustup would fetch a toolchain for being asked its version.
    has cargo && found=$(RUSTUP_AUTO_INSTALL=0 rustc --version 2>/dev/null) || return 0
    found=${found#rustc }
    echo "${found%% *}"
}

look_for_rust() {
    local wanted found reason='compiles Tintype' rustup_bin="${CARGO_HOME:-$HOME/.cargo}/bin"
    wanted=$(sed -n 's/^rust-version *= *"\([0-9.]*\)".*/\1/p' Cargo.toml)
    ! version_fits "$wanted" "$(rust_found)" || return 0

    # Where rustup is new, only the next shell has it on its PATH; and it goes before an older Rust of the system's.
    export PATH="$rustup_bin:$PATH"
    found=$(rust_found)
    ! version_fits "$wanted" "$found" || return 0
    if has rustup; then
        # rustup's default can be older than its stable.
        export RUSTUP_TOOLCHAIN=stable
        ! version_fits "$wanted" "$(rust_found)" || return 0
        rust_commands='rustup update stable'$'\n'
    else
        rust_commands="curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal"$'\n'
        has curl || lacks curl "fetches Rust's installer, rustup" 'curl ca-certificates' curl
    fi
    [ -z "$found" ] || reason="$reason; the $found here is too old, and rustup puts a newer one beside it"
    name_missing "Rust $wanted or newer (rustc and cargo)" "$reason"
}

look_for_build_tools() {
    look_for_compiler
    has cmake || lacks cmake 'plans the build of libjpeg-turbo and libaom' cmake cmake
    has perl || lacks perl "writes a part of libaom's sources" perl perl
    look_for_nasm
    look_for_rust
}

# The path of the first program among those named that runs. A snap is passed over: it cannot read the files that the
# tests put in /tmp.
first_that_runs() {
    local name path
    for name; do
        path=$(command -v "$name" 2>/dev/null) || continue
        case $path in /snap/*) continue ;; esac
        if "$path" --version >/dev/null 2>&1; then
            echo "$path"
            return
        fi
    done
}

# Sets CHROME_BIN and CHROMEDRIVER, which the browser tests start.
look_for_browser() {
    local need=lacks browser_from=chromium driver_from=chromium-driver
    CHROME_BIN=$(first_that_runs "${CHROME_BIN:-chromium}" chromium google-chrome google-chrome-stable \
        '/Applications/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing' \
        '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome' \
        /Applications/Chromium.app/Contents/MacOS/Chromium)
    CHROMEDRIVER=$(first_that_runs "${CHROMEDRIVER:-chromedriver}" chromedriver)
    export CHROME_BIN CHROMEDRIVER

    # Ubuntu packs Chromium as a snap; Homebrew withdrew chromium and chromedriver, which macOS finds unsigned.
    if [ "$(uname -s)" = Darwin ] || grep -qs '^ID=ubuntu' /etc/os-release; then
        need=name_missing
        browser_from='from https://googlechromelabs.github.io/chrome-for-testing/; name its program in CHROME_BIN'
        driver_from='from the same page, of the same version; put it on the PATH, or name it in CHROMEDRIVER'
    fi
    [ -n "$CHROME_BIN" ] || "$need" 'Chromium or Google Chrome' 'the browser tests use it' "$browser_from"
    [ -n "$CHROMEDRIVER" ] || "$need" chromedriver 'lets the tests drive the browser' "$driver_from"
}

look_for_font() {
    [ "$(uname -s)" != Darwin ] || return 0
    local folder
    for folder in /usr/share/fonts /usr/local/share/fonts "$HOME/.fonts" "$HOME/.local/share/fonts"; do
        [ -z "$(find -L "$folder" -name '*.[ot]t[fc]' 2>/dev/null | head -n 1)" ] || return 0
    done
    lacks 'a font, such as DejaVu' 'without one the browser shows no text' fonts-dejavu-core
}

# The test vectors of signatures have to hold in other languages, too.
look_for_other_languages() {
    has python3 || lacks 'Python 3' 'signs the test vectors of delivery URLs' python3 python
    # Debian has its environments in a package of their own.
    ! has python3 || python3 -c 'import ensurepip, venv' 2>/dev/null ||
        lacks "Python's environments (venv)" 'the AWS emulator of the tests lives in one' python3-venv python
    has node || lacks 'Node.js' 'signs the test vectors of delivery URLs' nodejs node
}

look_for_test_tools() {
    look_for_browser
    look_for_font
    look_for_other_languages
}

look_for_check_tools() {
    has shellcheck || lacks shellcheck 'reads the shell scripts' shellcheck shellcheck
    if cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1; then
        return 0
    elif has rustup || [ -n "$rust_commands" ]; then
        rust_commands="${rust_commands}rustup component add rustfmt clippy"$'\n'
        name_missing 'rustfmt and clippy' 'check the Rust code'
    else
        lacks 'rustfmt and clippy' 'check the Rust code' 'rustfmt rust-clippy' rustfmt
    fi
}

# look_for GROUP...: looks anew for all that the groups need; they are build, test and check.
look_for() {
    missing='' by_hand='' packages='' rust_commands=''
    local group
    for group; do
        "look_for_${group}_tools"
    done
}

# The commands that get what is missing, one a line, as they are shown and run.
commands() {
    local root=''
    if [ -n "$packages" ] && [ "$(uname -s)" = Darwin ]; then
        echo "brew install$packages"
    elif [ -n "$packages" ]; then
        [ "$(id -u)" -eq 0 ] || root='sudo '
        echo "${root}apt-get update"
        echo "${root}env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends$packages"
    fi
    printf '%s' "$rust_commands"
}

# set_up ask|yes|report GROUP...: returns when all is there, if need be after getting it. Otherwise it ends the script:
# with 1 if something is missing (report) or could not be got, with 2 if a person has to act first.
set_up() {
    local mode=$1 answer command todo
    shift
    look_for "$@"
    if [ -z "$missing" ]; then
        [ "$mode" != report ] || echo 'All that is needed is here.'
        return 0
    fi

    printf 'Missing:\n%s' "$missing"
    [ -z "$by_hand" ] || printf 'To install by hand:\n%s' "$by_hand"
    todo=$(commands)
    [ -z "$todo" ] || printf 'To install by these commands:\n  %s\n' "${todo//$'\n'/$'\n'  }"
    [ "$mode" != report ] || exit 1
    if [ -n "$by_hand" ]; then
        echo "Do what is to be done by hand, then run $0 again." >&2
        exit 2
    fi

    if [ "$mode" = ask ]; then
        if [ ! -t 0 ]; then
            echo "Nothing was installed: there is no terminal to ask on. $0 --yes runs them without asking." >&2
            exit 2
        fi
        read -r -p 'Run them now? [y/N] ' answer || answer=''
        case $answer in
            [yY] | [yY]es) ;;
            *)
                echo "Nothing was installed. Run the commands yourself, or $0 again." >&2
                exit 2
                ;;
        esac
    fi

    while IFS= read -r command <&3; do
        printf '> %s\n' "$command"
        if ! bash -o pipefail -c "$command"; then
            echo "That command failed. Mend what it says above, then run $0 again." >&2
            exit 1
        fi
    done 3<<<"$todo"

    look_for "$@"
    if [ -n "$missing" ]; then
        printf 'Still missing after that:\n%sInstall it by hand, then run %s again.\n' "$missing" "$0" >&2
        exit 1
    fi
}
