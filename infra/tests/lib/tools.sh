# shellcheck shell=bash
# What the gates are made with: finds it, and says how to get what is missing. Installs nothing but two Python environments
# of its own in the cache, from pinned requirements.

terraform_missing=''
emulator_missing=''
checks_missing=''
cargo_missing=''
node_missing=''
emulator_python=''
checks_bin=''

look_for_tools() {
    # A configuration that is named and not there makes every command warn.
    if [ -n "${TF_CLI_CONFIG_FILE:-}" ] && [ ! -f "$TF_CLI_CONFIG_FILE" ]; then unset TF_CLI_CONFIG_FILE; fi
    export CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1 TF_INPUT=0
    terraform_missing=$(look_for_terraform)
    if ! python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        emulator_missing='install python3, 3.11 or newer, with venv (Debian: python3-venv)'
        checks_missing=$emulator_missing
    else
        python_environment emulator || emulator_missing="the Python packages of $tests/requirements/emulator.txt could not be installed"
        python_environment checks || checks_missing="the Python packages of $tests/requirements/checks.txt could not be installed"
    fi
    command -v cargo >/dev/null || cargo_missing='install Rust: https://rustup.rs'
    node --version 2>/dev/null | grep -qE '^v(1[89]|[2-9][0-9])' || node_missing='install Node.js, 18 or newer (Debian: nodejs)'
    local line
    for line in "$terraform_missing" "$emulator_missing" "$checks_missing"; do
        [ -z "$line" ] || printf 'Missing: %s\n' "$line"
    done
}

look_for_terraform() {
    local probe="$work/probe"
    if ! command -v terraform >/dev/null; then
        echo 'install Terraform 1.11 or newer: https://developer.hashicorp.com/terraform/install'
        return
    fi
    mkdir -p "$probe"
    cp infra/modules/topic/versions.tf "$probe/"
    if ! terraform -chdir="$probe" init -backend=false >"$probe/log" 2>&1; then
        echo 'the provider hashicorp/aws 5.100 can be had neither from the registry nor from a local mirror: https://developer.hashicorp.com/terraform/cli/config/config-file#provider-installation'
    fi
}

# python_environment NAME: by the requirements' content, so that a change makes a new one.
python_environment() {
    local list="$tests/requirements/$1.txt" folder
    folder="$cache/$1-$(sha256sum "$list" | cut -c1-12)"
    if [ ! -f "$folder/complete" ]; then
        echo "Making the Python environment $folder"
        rm -rf "$folder"
        python3 -m venv "$folder" && "$folder/bin/pip" install --quiet --disable-pip-version-check --requirement "$list" || return 1
        touch "$folder/complete"
    fi
    case $1 in
        emulator) emulator_python="$folder/bin/python" ;;
        checks) checks_bin="$folder/bin" ;;
    esac
}

# missing_for NEEDS FUNCTION [ARGUMENT...]: why a gate cannot run; nothing where it can.
missing_for() {
    local need last="${!#}" root
    for need in ${1//,/ }; do
        case $need in
            terraform) echo "$terraform_missing" ;;
            emulator) echo "$emulator_missing" ;;
            checks) echo "$checks_missing" ;;
            cargo) echo "$cargo_missing" ;;
            node) echo "$node_missing" ;;
            release) command -v aws >/dev/null && command -v jq >/dev/null || echo 'install the AWS CLI and jq' ;;
            emulator_running)
                echo "$emulator_missing$terraform_missing"
                [ -n "$emulator_missing$terraform_missing" ] || [ -n "$emulator_pid" ] || echo 'the emulator did not start'
                ;;
            bootstrapped)
                [ -f "$work/$last/backend.hcl" ] || echo "the bootstrap of $last did not succeed"
                ;;
            planned) [ -f "$work/$last/plan.json" ] || echo "no plan of $last" ;;
            planned_both)
                for root in staging production; do [ -f "$work/$root/plan.json" ] || echo "no plan of $root"; done
                ;;
            applied) [ -f "$work/$last/state.json" ] || echo "$last was not applied" ;;
            second_plans)
                for root in "${roots[@]}"; do [ -f "$work/$root/second.json" ] || echo "no second plan of $root"; done
                ;;
            every_root)
                for root in infra/environments/*/; do
                    [[ " ${roots[*]} " = *" $(basename "$root") "* ]] || echo "$(basename "$root") was not asked for"
                done
                ;;
            planned_twice) [ -f "$work/$last/second.json" ] || echo "no second plan of $last" ;;
        esac
    done | awk 'NF' | head -1
}
