# shellcheck shell=bash
# Gates and their table: each one passes, fails, or is not run because something that it needs is missing or failed.

rows=()
failures=0
omissions=0

# gate NUMBER TITLE NEEDS FUNCTION [ARGUMENT...]: NEEDS are names for `missing_for`, with commas between.
gate() {
    local number=$1 title=$2 needs=$3 began=$SECONDS reason result status=0
    local log="$work/log.$((${#rows[@]} + 1))"
    shift 3
    reason=$(missing_for "$needs" "$@")
    if [ -n "$reason" ]; then
        result='not run'
        omissions=$((omissions + 1))
        printf '%s  %-44s not run: %s\n' "$number" "$title" "$reason"
    else
        "gate_$1" "${@:2}" >"$log" 2>&1 || status=$?
        if [ "$status" -eq 0 ]; then
            result=passed
            printf '%s  %-44s passed, %s s  %s\n' "$number" "$title" "$((SECONDS - began))" "$(headline "$log")"
        elif [ "$status" -eq 77 ]; then
            result='not run'
            omissions=$((omissions + 1))
            printf '%s  %-44s not run: %s\n' "$number" "$title" "$(tail -1 "$log")"
        else
            result=FAILED
            failures=$((failures + 1))
            printf '%s  %-44s FAILED, %s s\n' "$number" "$title" "$((SECONDS - began))"
            tail -"${TINTYPE_INFRA_LINES:-60}" "$log" | sed 's/^/    /'
        fi
    fi
    rows+=("| $number | $title | $result | $((SECONDS - began)) |")
}

# headline LOG: what is worth a word of a gate that passed.
headline() {
    grep -hE '^(Plan: |Apply complete|Destroy complete|Success!|Passed checks|Ran |test result: |.* (questions|resources),? )' "$1" | tail -1 | cut -c1-110
}

# report MODE SECONDS: the table, for a full run of every environment into RESULTS.md too. Ends the script with 1 where a gate
# failed, with 3 where none failed but some did not run.
report() {
    local row file=/dev/null
    if [ "$1" = full ] && [ -z "$(missing_for every_root)" ]; then file=$tests/RESULTS.md; fi
    {
        printf '# The gates of infra/, by infra/tests/run %s\n\n' "$1"
        printf '%s, %s, %s cores with a load of %s.\n\n' "$(date -u +%F)" "$(versions)" "$(getconf _NPROCESSORS_ONLN)" \
            "$(uptime | sed 's/.*load average: //; s/,.*//')"
        printf '| gate | what | result | seconds |\n|---|---|---|---|\n'
        for row in "${rows[@]}"; do printf '%s\n' "$row"; done
        printf '\n%s gates, %s failed, %s not run, %s s.\n' "${#rows[@]}" "$failures" "$omissions" "$2"
    } | tee "$file"
    [ "$failures" -eq 0 ] || exit 1
    [ "$omissions" -eq 0 ] || exit 3
}

versions() {
    local provider='provider hashicorp/aws ' moto='moto '
    provider+=$(grep -h 'Installed hashicorp/aws' "$work"/log.* | head -1 | grep -oE '[0-9]+\.[0-9]+\.[0-9]+')
    moto+=$(grep -oE '==[0-9.]+' "$tests/requirements/emulator.txt" | head -1 | tr -d =)
    printf '%s, %s, %s' "$(terraform version 2>/dev/null | head -1)" "$provider" "$moto"
}
