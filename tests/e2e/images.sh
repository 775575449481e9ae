# shellcheck shell=bash
# images.sh: the images of the end-to-end tests, made without a registry or a network. Source it after lab.sh.
# Ours come out of our own Dockerfiles, from binaries that the release build has made.

# A base with a shell: the static busybox.
import_busybox() {
    local root=$LAB_DIR/busybox tool
    mkdir -p "$root/bin" "$root/tmp"
    cp "$(type -P busybox)" "$root/bin/busybox"
    for tool in sh rm mv sleep wget; do ln -s busybox "$root/bin/$tool"; done
    tar -C "$root" -c . | dk "$1" import - bb:latest >/dev/null
    rm -rf "$root"
}

# import_program NODE PROGRAM [FILE...]: an image of the same name that runs a program of this machine, with files that
# the program wants to find.
import_program() {
    local program file root=$LAB_DIR/program
    program=$(type -P "$2") || die "$2 is not installed"
    "$repository/stack/image-root" "$program" "$root" || die "cannot lay out an image of $2"
    for file in "${@:3}"; do
        mkdir -p "$root${file%/*}" && cp "$file" "$root$file" || die "$2 lacks its file $file"
    done
    tar -C "$root" -c . | dk "$1" import --change "ENTRYPOINT [\"/usr/bin/$2\"]" - "$2:latest" >/dev/null
    rm -rf "$root" "$root.ready"
}

# Release binaries as ready trees, where the Dockerfiles look for them.
stage_release() {
    local target binary
    for target in swarm-autoscaler patient; do
        binary=$(release_binary "$target") || die "$target is not built: cmake --build --preset release"
        "$repository/stack/image-root" "$binary" "$repository/build/image/$target" || die "cannot lay out $target"
    done
}

release_binary() { find "$repository/build/release" -type f -name "$1" -perm -u+x | grep -m1 .; }

# build NODE NAME DOCKERFILE [CONTEXT]: quiet unless it fails.
build() {
    local log
    log=$(DOCKER_BUILDKIT=0 dk "$1" build --network none --build-arg BASE=bb:latest --tag "$2" \
        --file "$3" "${4:-$repository}" 2>&1) || { echo "$log" | tail -20; die "cannot build the image $2"; }
}

build_images() {
    local node=$1 empty=$LAB_DIR/empty
    build "$node" swarm-autoscaler:latest "$repository/Dockerfile"
    build "$node" patient:latest "$repository/stack/patient/Dockerfile"
    # A second good version of patient, and one that ends as soon as it has begun.
    mkdir -p "$empty"
    printf 'FROM patient:latest\nLABEL version=2\n' >"$empty/two"
    printf 'FROM patient:latest\nENTRYPOINT ["/usr/bin/patient", "--broken"]\n' >"$empty/bad"
    build "$node" patient:two "$empty/two" "$empty"
    build "$node" patient:bad "$empty/bad" "$empty"
}
