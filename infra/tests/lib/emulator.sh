# shellcheck shell=bash
# The emulator of AWS: one for each environment, so that none sees what another left.

emulator_pid=''

# start_emulator NAME: leaves its address in AWS_ENDPOINT_URL; does nothing where it cannot be had.
start_emulator() {
    local address="$work/emulator.$1.url" waited
    [ -z "$emulator_missing" ] || return 0
    mkdir -p "$work/$1"
    rm -f "$address"
    (cd "$tests" && exec "$emulator_python" -m emulator --url-file "$address" --gaps "$work/$1/gaps") \
        >"$work/emulator.$1.log" 2>&1 &
    emulator_pid=$!
    for ((waited = 0; waited < 300; waited++)); do
        [ -s "$address" ] && break
        kill -0 "$emulator_pid" 2>/dev/null || break
        sleep 0.2
    done
    if [ ! -s "$address" ]; then
        sed 's/^/    /' "$work/emulator.$1.log" >&2
        stop_emulator
        return 0
    fi
    AWS_ENDPOINT_URL=$(cat "$address")
    # Credentials of nobody: whatever does not go to the emulator is refused by AWS. Without AWS_MAX_ATTEMPTS the provider
    # repeats what fails for minutes. AWS_CA_BUNDLE would be read although nothing here speaks TLS.
    export AWS_ENDPOINT_URL AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_REGION=eu-west-1 AWS_MAX_ATTEMPTS=3
    # The AWS CLI reads this name in its first version.
    export AWS_DEFAULT_REGION=$AWS_REGION
    export AWS_EC2_METADATA_DISABLED=true
    unset AWS_CA_BUNDLE AWS_PROFILE AWS_SESSION_TOKEN
}

stop_emulator() {
    [ -n "$emulator_pid" ] || return 0
    kill "$emulator_pid" 2>/dev/null
    wait "$emulator_pid" 2>/dev/null
    emulator_pid=''
}
