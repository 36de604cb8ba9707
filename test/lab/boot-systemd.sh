# A host of a lab, booted: systemd as process 1 in namespaces of its own, with copies or empty folders in the place of
# everything it could change. Usage: boot-systemd.sh CGROUP LAB-FOLDER REPOSITORY, in new mount, pid, uts and ipc namespaces.
set -e
cgroup=$1 folder=$2 repository=$3

if [ "${4:-}" != inside ]; then
  mount --make-rprivate /
  # Its control groups are below one of its own.
  mkdir -p "$folder/cgroup"
  mount -t cgroup2 cgroup2 "$folder/cgroup"
  mkdir "$folder/cgroup/$cgroup"
  echo $$ >"$folder/cgroup/$cgroup/cgroup.procs"
  exec unshare --cgroup bash "$0" "$cgroup" "$folder" "$repository" inside
fi

mount -t proc proc /proc
mount --bind /proc/sys /proc/sys
mount -o remount,bind,ro /proc/sys
# /sys is the one of the network namespace already.
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir -p "$folder/etc"
# That of the daemon comes and goes with the tests that type what a page says.
find /etc -mindepth 1 -maxdepth 1 ! -name knockdaemon -exec cp -a -t "$folder/etc" {} +
echo lab.example.net >"$folder/etc/hostname"
mount --bind "$folder/etc" /etc
mount -t tmpfs -o mode=755 tmpfs /opt
mkdir /opt/eightknock
mount --bind "$repository" /opt/eightknock
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/lab /run/lock /run/systemd/system
mount --bind "$folder" /run/lab
mount -t tmpfs -o mode=755 tmpfs /var/lib
mount -t tmpfs -o mode=755 tmpfs /usr/local/sbin
mount -t tmpfs -o mode=1777 tmpfs /var/tmp
mount -t tmpfs -o mode=1777 tmpfs /tmp
printf '[Unit]\nDefaultDependencies=no\n' >/run/systemd/system/lab.target
exec env -i container=lab PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  /lib/systemd/systemd --system --unit=lab.target --log-target=console --log-level=warning --show-status=no
