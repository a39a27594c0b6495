#!/bin/bash
# Boots the machine's own systemd in namespaces of its own, over a throw-away copy of the root file system, to run units
# as they are: boot.sh <folder> <repository>. The folder holds units/ (copied to /etc/systemd/system) and driver.sh, which
# runs once systemd is up and writes into /mnt/shared, the folder; when it ends, systemd ends. Needs root. Nothing outlives
# it: the first process of a PID namespace takes all others with it, and mounts are private.
set -eu
shared=$1
repository=$2
if [ "${3:-}" != inside ]; then
  # A control group of our own first: systemd takes the one that it finds itself in for the root of all.
  group=pilab-test-$$
  mkdir "/sys/fs/cgroup/systemd/$group" "/sys/fs/cgroup/unified/$group"
  trap 'rmdir "/sys/fs/cgroup/systemd/$group" "/sys/fs/cgroup/unified/$group" 2>/dev/null || true' EXIT
  (
    echo "$BASHPID" >"/sys/fs/cgroup/systemd/$group/cgroup.procs"
    echo "$BASHPID" >"/sys/fs/cgroup/unified/$group/cgroup.procs"
    exec unshare --mount --pid --uts --ipc --cgroup --fork --mount-proc --kill-child "$0" "$shared" "$repository" inside
  )
  # systemd leaves the groups of its units behind, empty.
  find "/sys/fs/cgroup/systemd/$group" "/sys/fs/cgroup/unified/$group" -mindepth 1 -depth -type d -exec rmdir {} + || true
  exit
fi

mount --make-rprivate /
work=$(mktemp -d)
mount -t tmpfs -o size=128m tmpfs "$work"
mkdir "$work/upper" "$work/work" "$work/root"
root=$work/root
mount -t overlay -o "lowerdir=/,upperdir=$work/upper,workdir=$work/work" overlay "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/run"
mount --rbind /dev "$root/dev"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t tmpfs tmpfs "$root/sys/fs/cgroup"
mkdir "$root/sys/fs/cgroup/unified" "$root/sys/fs/cgroup/systemd"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup/unified"
mount -t cgroup -o none,name=systemd cgroup "$root/sys/fs/cgroup/systemd"
mkdir -p "$root/mnt/shared" "$root/opt/pilab"
mount --bind "$shared" "$root/mnt/shared"
mount --bind -o ro "$repository" "$root/opt/pilab"
rm -rf "$root"/etc/systemd/system/*.wants
cp -r "$shared"/units/. "$root/etc/systemd/system/"
# As at a real boot: what a service mounts for its credentials has to be seen by the others.
mount --make-rshared "$root"
export container=lxc
exec chroot "$root" /lib/systemd/systemd --system --unit=pilab-test.target --log-target=console --show-status=no
