#!/bin/sh
# The guest's init until guestd takes over. From the kernel's command line come GUEST (host name),
# DATA_IP, CONTROL_IP, SHARE (a folder of the host, seen as /media) and HELPERS (where guestd is).
# The root is the host's own, read-only; what the guest writes stays in its memory.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH
modules=/usr/lib/uml/modules/$(uname -r)

mount -t proc proc /proc
insmod "$modules/kernel/fs/overlayfs/overlay.ko"
mount -t tmpfs -o mode=755 tmpfs /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work /mnt/root
# pivot_root, not chroot: the kernel's own modprobe starts from the real root
cd /mnt/root && mkdir -p old_root && pivot_root . old_root
cd /
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs tmpfs /run
mkdir -p /run/rpcbind /run/lock /var/tmp
mount -t hostfs none /media -o "$SHARE"
mkdir -p /lib/modules
ln -sfn "$modules" "/lib/modules/$(uname -r)"

hostname "$GUEST"
ip link set lo up
ip link set vec0 up
ip addr add "$DATA_IP/24" dev vec0
ip link set vec1 up
ip addr add "$CONTROL_IP/24" dev vec1
exec "$HELPERS/guestd" 7000
