# shellcheck shell=bash
# What the rolling commands have in common. Sourced; needs docker alone.

project=${COMPOSE_PROJECT_NAME:-tintype}

# instances SERVICE: the ids of its running containers.
instances() {
    docker ps --quiet --no-trunc --filter "label=com.docker.compose.project=$project" \
        --filter "label=com.docker.compose.service=$1" --filter label=com.docker.compose.oneoff=False
}

name_of() {
    docker inspect --format '{{.Name}}' "$1" | tr -d /
}

# stop CONTAINER: by SIGTERM; it has as long as stop_grace_period says to finish what is under way.
stop() {
    docker stop --time 45 "$1" >/dev/null
}

wait_until_healthy() {
    local tries=0
    until [ "$(docker inspect --format '{{.State.Health.Status}}' "$1")" = healthy ]; do
        tries=$((tries + 1))
        [ "$tries" -lt 240 ] || {
            echo "$(name_of "$1") is not healthy after two minutes: docker logs $(name_of "$1")" >&2
            return 1
        }
        sleep 0.5
    done
    # The balancer asks twice a second; it must have seen the instance before the next one goes.
    sleep 2
}
