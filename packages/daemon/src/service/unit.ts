// The systemd unit as text. systemd.unit(5), systemd.service(5), systemd.exec(5), as of version 252. What is shut and why is
// in docs/systemd.md; `systemd-analyze security` of it is held by a test.

/** What differs from machine to machine. */
export interface UnitOptions {
  /** Node and the script, absolute; see {@link isPlainPath}. */
  readonly program: readonly [node: string, script: string];
  /** Name of knockdaemon.toml, absolute. */
  readonly configFile: string;
  /** The user, and the group of the same name. */
  readonly user: string;
}

/** After how long a silence of the daemon the watchdog ends it. */
export const WATCHDOG_SECONDS = 30;

/** @returns whether a path means the same in a unit as everywhere: systemd knows `%`, `$`, quotes and spaces */
export function isPlainPath(path: string): boolean {
  return /^\/[A-Za-z0-9/._+@:-]+$/.test(path);
}

/** The unit. */
export function formatUnit({ program, configFile, user }: UnitOptions): string {
  const command = program.join(' ');
  return `# Written by "knockdaemon install". Change it with "systemctl edit knockdaemon": then an upgrade can replace this file.

[Unit]
Description=eightknock: opens ports to those who knock
# The guard is to be in place before the network is. So it starts early, like nftables.service, whose rules it comes after.
DefaultDependencies=no
After=local-fs.target systemd-sysctl.service nftables.service
Wants=network-pre.target
Before=network-pre.target shutdown.target
Conflicts=shutdown.target
# It never gives up: it may be the only way in.
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=main
ExecStart=${command} run --config ${configFile}
ExecReload=${command} reload --config ${configFile}
TimeoutStartSec=30
TimeoutStopSec=10
WatchdogSec=${WATCHDOG_SECONDS}
Restart=on-failure
RestartSec=5
# 2: the configuration is wrong, and trying again would not mend it.
RestartPreventExitStatus=2
KillMode=mixed
OOMScoreAdjust=-500
LimitCORE=0

# A user of its own, with two capabilities and no more.
User=${user}
Group=${user}
AmbientCapabilities=CAP_NET_RAW CAP_NET_ADMIN
CapabilityBoundingSet=CAP_NET_RAW CAP_NET_ADMIN
NoNewPrivileges=yes
UMask=0077
StateDirectory=knockdaemon
StateDirectoryMode=0700
RuntimeDirectory=knockdaemon
RuntimeDirectoryMode=0700

# Everything else is shut. Not to be had: MemoryDenyWriteExecute (V8 compiles), PrivateNetwork and PrivateUsers (its
# capabilities are over this machine's network).
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
DevicePolicy=closed
PrivateMounts=yes
PrivateIPC=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
ProtectProc=invisible
ProcSubset=pid
KeyringMode=private
LockPersonality=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RemoveIPC=yes
# Metrics need more: docs/metrics.md.
RestrictAddressFamilies=AF_UNIX AF_NETLINK AF_PACKET
IPAddressDeny=any
SystemCallArchitectures=native
SystemCallErrorNumber=EPERM
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources @setuid @aio @keyring @memlock personality userfaultfd
# The capture process gives up its capabilities, and shuts itself in further; V8 protects its code.
SystemCallFilter=capset seccomp @pkey

[Install]
WantedBy=multi-user.target
`;
}
