# Lets packets arrive on the interface tun0: one in hexadecimal on each line of standard input.
import fcntl
import os
import struct
import sys

TUNSETIFF = 0x400454CA
IFF_TUN_NO_PI = 0x1001

tunnel = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(tunnel, TUNSETIFF, struct.pack("16sH", b"tun0", IFF_TUN_NO_PI))
for line in sys.stdin:
    os.write(tunnel, bytes.fromhex(line.strip()))
