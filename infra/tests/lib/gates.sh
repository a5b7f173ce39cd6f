# shellcheck shell=bash
# What each gate does: `gate_NAME` is called by `gate` in report.sh, with its output in a log. 77 says "not run", by the last line.

# in_root ROOT COMMAND...: terraform in an environment, with a data folder of its own in this run.
in_root() {
    local root=$1
    shift
    TF_DATA_DIR="$work/$root/data" terraform -chdir="infra/environments/$root" "$@"
}

python_gates() {
    (cd "$tests" && "$emulator_python" -m gates "$@")
}

# Folders that have tests for `terraform test`.
tested_modules() {
    find infra/modules infra/architectures -name '*.tftest.hcl' 2>/dev/null | sed 's|/tests/[^/]*$||; s|/[^/]*\.tftest\.hcl$||' | sort -u
}

gate_format() {
    terraform fmt -check -diff -recursive infra
}

gate_validate() {
    mkdir -p "$work/$1"
    in_root "$1" init -backend=false -no-color && in_root "$1" validate -no-color
}

# Two at a time: each loads the provider, which takes one core for some seconds and 0.6 GB.
gate_module_tests() {
    local folders status=0
    folders=$(tested_modules)
    [ -n "$folders" ] || { echo 'no *.tftest.hcl beneath infra/modules and infra/architectures'; return 1; }
    export work
    export -f test_folder
    # shellcheck disable=SC2016 # expanded by the shell that xargs starts
    printf '%s\n' "$folders" | xargs -P 2 -I{} bash -c 'test_folder "$1"' _ {} || status=1
    cat "$work"/test.*.log
    awk '/^(Success|Failure)!/ { passed += $2; failed += $4 } END { printf "Passed checks: %s of terraform test, %s failed, ", passed, failed }' \
        "$work"/test.*.log
    wc -l <<<"$folders" | sed 's/$/ folders/'
    return "$status"
}

test_folder() {
    local name=${1//\//.}
    export TF_DATA_DIR="$work/data.$name"
    {
        echo "== $1"
        terraform -chdir="$1" init -backend=false -no-color >"$work/init.$name" || cat "$work/init.$name"
        terraform -chdir="$1" test -no-color
    } >"$work/test.$name.log" 2>&1
}

gate_edge_function() {
    node --test infra/modules/edge/functions/
}

gate_self_test() {
    (cd "$tests" && "$emulator_python" -m unittest discover --start-directory selftest --top-level-directory . 2>&1 | tail -40; exit "${PIPESTATUS[0]}")
}

gate_lint_bootstrap() {
    "$checks_bin/cfn-lint" infra/bootstrap/*.yml
}

gate_compose_agrees() {
    [ -f docker-compose.yml ] || { echo 'no docker-compose.yml yet'; return 77; }
    python_gates compose "$PWD/docker-compose.yml"
}

gate_program_agrees() {
    [ -d shared/aws ] || { echo 'no shared/aws yet: the program does not speak to AWS'; return 77; }
    python_gates program "$PWD/shared/runtime/src/config/default.toml"
}

gate_plan() {
    initialise "$1" || return
    in_root "$1" plan -no-color -lock=false -var-file="$work/$1/given.tfvars.json" -out="$work/$1/plan" &&
        in_root "$1" show -json "$work/$1/plan" >"$work/$1/plan.json.part" &&
        mv "$work/$1/plan.json.part" "$work/$1/plan.json"
}

# As in an empty account: the state's bucket and the roles' boundary come from the bootstrap.
gate_bootstrap() {
    (cd "$tests" && "$emulator_python" -m gates.bootstrap "$work/$1")
}

initialise() {
    in_root "$1" init -reconfigure -no-color -backend-config="$work/$1/backend.hcl" -backend-config=region="$AWS_REGION" \
        -backend-config=key="$1/terraform.tfstate"
}

gate_invariants() {
    python_gates stack "$work/$1/plan.json"
}

# run_checkov PLAN REPORT: ends with 1 where anything failed, which is decided by checkov.toml and not here. Without
# --skip-download it asks a service on the internet for its list of checks.
run_checkov() {
    "$checks_bin/checkov" --file "$1" --framework terraform_plan --skip-download --compact --quiet --output json >"$2" || [ -s "$2" ]
}

gate_checkov() {
    run_checkov "$work/$1/plan.json" "$work/$1/checkov.json" && python_gates checkov-plan "$work/$1/checkov.json"
}

gate_applied_checkov() {
    run_checkov "$work/$1/second.json" "$work/$1/checkov-applied.json" && python_gates checkov-applied "$work/$1/checkov-applied.json"
}

gate_environments_alike() {
    python_gates environments "$work/staging/plan.json" "$work/production/plan.json"
}

gate_apply() {
    initialise "$1" || return
    in_root "$1" apply -no-color -auto-approve -var-file="$work/$1/given.tfvars.json" -parallelism=30 || return
    in_root "$1" show -json >"$work/$1/state.json.part" || return
    in_root "$1" output -json >"$work/$1/outputs.json" || return
    mv "$work/$1/state.json.part" "$work/$1/state.json"
}

gate_second_plan() {
    in_root "$1" plan -no-color -var-file="$work/$1/given.tfvars.json" -out="$work/$1/second" &&
        in_root "$1" show -json "$work/$1/second" >"$work/$1/second.json" || return
    in_root "$1" show -no-color "$work/$1/second" | grep -v '(known after apply)'
    python_gates drift "$work/$1/second.json" && echo 'empty, but for what drift.toml lists'
}

gate_applied_invariants() {
    python_gates stack "$work/$1/state.json"
}

gate_permissions() {
    python_gates permissions "$work/$1/state.json"
}

# Each test alone and on empty queues: there is one pair for all of them, and what one leaves would be the next one's.
gate_adapters() {
    [ -d shared/aws ] || { echo 'no shared/aws yet'; return 77; }
    local name value cases=() passed=0 status=0
    # `outputs` prints NAME=VALUE for each variable that the adapters' tests read.
    while IFS='=' read -r name value; do export "$name=$value"; done < <(cd "$tests" && "$emulator_python" -m gates.outputs "$work/$1/outputs.json")
    [ -n "${TINTYPE_TEST_S3_BUCKET:-}" ] || { echo 'the outputs lack what the tests need; see infra/tests/gates/outputs.py'; return 1; }
    export TINTYPE_TEST_AWS_ENDPOINT=$AWS_ENDPOINT_URL
    cargo test -p aws --locked --no-run || return
    mapfile -t cases < <(cargo test -q -p aws --locked --test adapters -- --list | sed -n 's/: test$//p')
    [ "${#cases[@]}" -gt 0 ] || { echo 'shared/aws has no tests of its adapters'; return 1; }
    for name in "${cases[@]}"; do
        python_gates purge || return
        if cargo test -q -p aws --locked --test adapters -- --exact "$name"; then passed=$((passed + 1)); else status=1; fi
    done
    echo "Passed checks: $passed of ${#cases[@]} tests of the adapters"
    return "$status"
}

# As an operator makes a release live, approving where that is asked for; an approval that fails ends it.
gate_release() {
    TF_DATA_DIR="$work/$1/data" infra/release "$1" 2>&1 | approve
    local ended=("${PIPESTATUS[@]}")
    return "$((ended[0] + ended[1]))"
}

approve() {
    local line command
    while IFS= read -r line; do
        printf '%s\n' "$line"
        case $line in
            *'waits for approval: aws deploy '*) read -ra command <<<"${line##*approval: }" && { "${command[@]}" || return; } ;;
        esac
    done
}

# As infra/README.md says: what is protected loses its protection first.
gate_destroy() {
    local given=(-no-color -auto-approve -var-file="$work/$1/given.tfvars.json" -var protect=false -parallelism=30)
    if is_protected "$1"; then in_root "$1" apply "${given[@]}" || return; fi
    in_root "$1" destroy "${given[@]}" || return
    in_root "$1" show -json >"$work/$1/left.json"
    python_gates empty "$work/$1/left.json"
}

is_protected() {
    sed -n '/^variable "protect"/,/^}/p' "infra/environments/$1/variables.tf" | grep -qE '^ *default += true'
}

gate_gaps() {
    python_gates empty "$work/$1/gaps"
}

# Of the lists of exceptions: what no environment needs any more.
gate_exception_lists() {
    local root plans=() reports=() status=0
    for root in "${roots[@]}"; do
        plans+=("$work/$root/second.json")
        reports+=("$work/$root/checkov-applied.json")
    done
    python_gates drift-list "${plans[@]}" || status=1
    python_gates checkov-list "${reports[@]}" || status=1
    return "$status"
}
