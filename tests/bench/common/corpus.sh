# shellcheck shell=bash
# The photographs of the comparison: from Debian's desktop backgrounds into the cache, never into the repository.
# Sourced by run. README.md says why these. jpegtran changes no coefficient, so no picture is encoded a second time,
# but for the two that have to be enlarged.

# Counts up when the list changes: old pictures are then left behind.
corpus_version=1

# SET NAME CHANGE PACKAGE PATH, below /usr/share. CHANGE is nothing (-), a crop by jpegtran, or an enlargement.
corpus_list() {
    cat <<'END'
large bird      6000x3328 lomiri-wallpapers-20.04     backgrounds/Kleiber_by_Lukas_Baubkus.jpg
large sunset    -         lomiri-wallpapers-16.04     backgrounds/sunset_by_Aitzol_Berasategi.jpg
large dragonfly -         lomiri-wallpapers-16.04     backgrounds/Dragonfly_by_Bolly.jpg
large dandelion -         lomiri-wallpapers-16.04     backgrounds/seeding_by_Clements_Engelhardt.jpg
large bridge    x1.1      lomiri-wallpapers-16.04     backgrounds/Bridge_by_Sander_Klootwijk.jpg
large wine      x1.15     lomiri-wallpapers-16.04     backgrounds/Wine_by_Jakkub_Mede.jpg
large elephants -         mate-backgrounds            backgrounds/mate/abstract/Elephants_5640x3172.jpg
large sea       -         lomiri-wallpapers-20.04     backgrounds/Infinite-Sea_by_Aury88.jpg
medium raindrops -        mate-backgrounds            backgrounds/mate/nature/RainDrops.jpg
medium blinds   -         mate-backgrounds            backgrounds/mate/nature/Blinds.jpg
medium storm    -         mate-backgrounds            backgrounds/mate/nature/Storm.jpg
medium flower   2496x1600 mate-backgrounds            backgrounds/mate/nature/YellowFlower.jpg
medium ladybird 2496x1600 mate-backgrounds            backgrounds/mate/nature/LadyBird.jpg
medium wings    2496x1600 mate-backgrounds            backgrounds/mate/nature/TwoWings.jpg
medium leaf     2496x1600 plasma-workspace-wallpapers wallpapers/FallenLeaf/contents/images/2560x1600.jpg
medium boats    2496x1600 plasma-workspace-wallpapers wallpapers/EveningGlow/contents/images/2560x1600.jpg
medium water    2496x1600 plasma-workspace-wallpapers wallpapers/BytheWater/contents/images/2560x1600.jpg
medium path     2496x1600 plasma-workspace-wallpapers wallpapers/Path/contents/images/2560x1600.jpg
END
}

# make_corpus CACHE HERE
make_corpus() {
    local cache=$1 here=$2 corpus=$1/corpus-$corpus_version
    [ ! -e "$corpus/complete" ] || return 0
    echo "Fetching photographs from Debian's packages, 180 MB, once." >&2
    mkdir -p "$cache/packages" "$corpus"/{large,large-progressive,medium}
    local package archive
    for package in $(corpus_list | awk '{ print $4 }' | sort -u); do
        [ ! -d "$cache/packages/$package" ] || continue
        archive=$(mktemp -d)
        (cd "$archive" && apt-get download -qq -o APT::Sandbox::User=root "$package")
        dpkg-deb -x "$archive"/*.deb "$archive/files"
        mv "$archive/files" "$cache/packages/$package"
        rm -r "$archive"
    done
    local set name change path from to
    while read -r set name change package path; do
        from=$cache/packages/$package/usr/share/$path
        to=$corpus/$set/$name.jpg
        case $change in
            -) jpegtran -copy all -outfile "$to" "$from" ;;
            x*) node "$here/sharp.mjs" "$cache/node" enlarge "$from" "$to" "${change#x}" ;;
            *) jpegtran -copy all -crop "$change+0+0" -outfile "$to" "$from" ;;
        esac
        [ "$set" != large ] || jpegtran -copy all -progressive -outfile "$corpus/large-progressive/$name.jpg" "$to"
    done < <(corpus_list)
    touch "$corpus/complete"
}
