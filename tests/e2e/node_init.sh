#!/bin/bash
# node_init.sh NAME DIR HOST_NETWORK: process 1 of a lab node, inside its new namespaces; HOST_NETWORK is the machine's,
# as readlink shows it. It makes the mounts that an engine needs, then reaps orphans until it is killed; with it
# everything in the node dies.
set -e
name=$1 dir=$2 host_network=$3
# /proc is still the host's, so this is the pid by which the host knows us.
read -r host_pid _ </proc/self/stat
mount -t proc proc /proc
if [ "$(readlink /proc/self/ns/net)" != "$host_network" ]; then
    # A sysfs of our own network hides the cgroup mounts below /sys, without which dockerd does not start.
    mkdir -p "$dir/cgroup"
    mount --rbind /sys/fs/cgroup "$dir/cgroup"
    mount -t sysfs sysfs /sys
    mount --rbind "$dir/cgroup" /sys/fs/cgroup
    ip link set lo up
fi
# Sockets and locks that follow no option of dockerd. The machine's name servers may be written in there.
resolver=$(readlink -f /etc/resolv.conf)
servers=$(cat "$resolver")
mount -t tmpfs tmpfs /run
[ -e "$resolver" ] || { mkdir -p "${resolver%/*}" && echo "$servers" >"$resolver"; }
hostname "$name"
echo "$host_pid" >"$dir/init.pid.new"
mv "$dir/init.pid.new" "$dir/init.pid"
set +e
while :; do
    sleep 3600 &
    wait
done
