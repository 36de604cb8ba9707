# Runs a program where systemd's journal is: a journald of its own, in a mount namespace of its own, that takes the kernel's
# messages; journald does not start in a network namespace of the lab, the program is run in one. Usage, as process 1 of new
# mount and pid namespaces, so that all ends with it: journal.sh NAMESPACE PROGRAM ARGUMENT …
set -e
exec 9<"/run/netns/$1"
shift
mount -t tmpfs -o mode=755 tmpfs /run
mount -t tmpfs -o mode=755 tmpfs /var/log
mkdir -p /run/systemd/journal /run/systemd/journald.conf.d /run/log/journal
chgrp systemd-journal /run/log/journal
chmod 2755 /run/log/journal
printf '[Journal]\nStorage=volatile\nAudit=no\nReadKMsg=yes\nRateLimitIntervalSec=0\n' >/run/systemd/journald.conf.d/lab.conf
/lib/systemd/systemd-journald >/dev/null 2>&1 &
# The first message makes the file.
until ls /run/log/journal/*/system.journal >/dev/null 2>&1; do
  echo '<6>a journal of the lab begins' >/dev/kmsg
  sleep 0.1
done
exec nsenter --net=/proc/self/fd/9 "$@"
