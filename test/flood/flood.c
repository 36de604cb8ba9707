/* Sends TCP SYNs, or datagrams, with made-up sources, as fast as it can or at a given rate, for a given time: the floods of the tests and the
 * benchmarks. Only for network namespaces that a test has made itself.
 *
 *   flood INTERFACE DESTINATION_MAC DESTINATION_IPV4 SHAPE FIRST_PORT SECONDS [PACKETS_PER_SECOND [SOURCES]]
 *
 * SHAPE  spread  a new source for each packet, all 256 ports
 *        one     one source, all ports
 *        first   a new source for each packet, the first port only
 *        eight   eight packets from each source, all ports: what looks like a sequence, with a key of nobody
 *        junk    a new source for each packet, UDP to the first port: as long as a single packet, base64 of nobody's key
 *
 * Sources are 100.64.0.0/10 (1 of 4 million), except for `one`: 100.64.0.1. With SOURCES they come in turn, so many of them, from
 * 100.64.0.1 on. PACKETS_PER_SECOND may be 0: as fast as it can. Prints the number of packets sent. */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 64, FRAME = 54, JUNK = 204, JUNK_FRAME = 42 + JUNK, MOST_SECONDS = 600 };

static uint64_t state = 0x9e3779b97f4a7c15u;

/* xorshift64 */
static uint32_t random32(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (uint32_t)(state >> 32);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static uint32_t sum16(const uint8_t *bytes, int length, uint32_t sum) {
  for (int i = 0; i < length; i += 2) sum += (uint32_t)(bytes[i] << 8 | bytes[i + 1]);
  return sum;
}

static void put_checksum(uint8_t *at, uint32_t sum) {
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  at[0] = (uint8_t)(~sum >> 8);
  at[1] = (uint8_t)~sum;
}

static void put16(uint8_t *at, uint32_t value) {
  at[0] = (uint8_t)(value >> 8);
  at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value) {
  put16(at, value >> 16);
  put16(at + 2, value);
}

/* Fills in what differs from packet to packet, and the checksums. */
static void make(uint8_t *frame, uint32_t source, uint32_t port) {
  uint8_t *ip = frame + 14, *tcp = frame + 34;
  put32(ip + 12, source);
  put16(ip + 10, 0);
  put_checksum(ip + 10, sum16(ip, 20, 0));
  put16(tcp, 1024 + random32() % 60000);
  put16(tcp + 2, port);
  put32(tcp + 4, random32());
  put16(tcp + 16, 0);
  put_checksum(tcp + 16, sum16(tcp, 20, sum16(ip + 12, 8, 6 + 20)));
}

/* The same for a datagram: UDP without a checksum (RFC 768), and a text that is canonical base64 but for chance. */
static void make_junk(uint8_t *frame, uint32_t source, uint32_t port) {
  static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  uint8_t *ip = frame + 14, *udp = frame + 34;
  put32(ip + 12, source);
  put16(ip + 10, 0);
  put_checksum(ip + 10, sum16(ip, 20, 0));
  put16(udp, 1024 + random32() % 60000);
  put16(udp + 2, port);
  put16(udp + 4, 8 + JUNK);
  for (int i = 0; i < JUNK; i++) udp[8 + i] = (uint8_t)alphabet[random32() & 63];
  udp[8] = '9';            /* what a salted text goes on with */
  udp[8 + JUNK - 44] = 'A'; /* no spare bits, before the HMAC and at its end */
  udp[8 + JUNK - 1] = 'A';
}

static int fail(const char *what) {
  fprintf(stderr, "flood: error: %s\n", what);
  return 2;
}

int main(int argc, char **argv) {
  if (argc < 7) return fail("usage: flood INTERFACE MAC IPV4 spread|one|first|eight|junk FIRST_PORT SECONDS [RATE [SOURCES]]");
  const char *shape = argv[4];
  const uint32_t first = (uint32_t)atoi(argv[5]);
  const double seconds = atof(argv[6]), rate = argc > 7 ? atof(argv[7]) : 0;
  const uint32_t sources = argc > 8 ? (uint32_t)atoi(argv[8]) : 0;
  uint8_t mac[6];
  uint32_t destination;
  if (sscanf(argv[2], "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", mac, mac + 1, mac + 2, mac + 3, mac + 4, mac + 5) != 6)
    return fail("MAC must be like 02:00:00:00:00:01");
  if (inet_pton(AF_INET, argv[3], &destination) != 1) return fail("IPV4 must be an address");
  if (seconds <= 0 || seconds > MOST_SECONDS) return fail("SECONDS must be more than 0 and at most 600");
  if (sources > 0x3fffff) return fail("SOURCES must be at most 4194303");
  const int one = !strcmp(shape, "one"), only_first = !strcmp(shape, "first"), eight = !strcmp(shape, "eight");
  const int junk = !strcmp(shape, "junk");
  if (!one && !only_first && !eight && !junk && strcmp(shape, "spread")) return fail("no such SHAPE");

  const int fd = socket(AF_PACKET, SOCK_RAW, 0);
  if (fd < 0) return fail(strerror(errno));
  struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP), .sll_halen = 6};
  to.sll_ifindex = (int)if_nametoindex(argv[1]);
  if (to.sll_ifindex == 0) return fail("no such interface");
  memcpy(to.sll_addr, mac, 6);

  static uint8_t frames[BATCH][JUNK_FRAME];
  struct iovec vectors[BATCH];
  struct mmsghdr messages[BATCH];
  memset(messages, 0, sizeof messages);
  for (int i = 0; i < BATCH; i++) {
    uint8_t *frame = frames[i];
    memcpy(frame, mac, 6);
    memcpy(frame + 6, "\x02\x00\x00\x00\x00\x99", 6);
    put16(frame + 12, ETH_P_IP);
    uint8_t *ip = frame + 14;
    ip[0] = 0x45;
    put16(ip + 2, junk ? JUNK_FRAME - 14 : 40);
    ip[8] = 64;
    ip[9] = junk ? 17 : 6;
    memcpy(ip + 16, &destination, 4);
    if (!junk) {
      ip[32] = 0x50; /* TCP: five words of header, SYN */
      ip[33] = 2;
      put16(ip + 34, 64240);
    }
    vectors[i] = (struct iovec){frame, junk ? JUNK_FRAME : FRAME};
    messages[i].msg_hdr = (struct msghdr){.msg_name = &to, .msg_namelen = sizeof to, .msg_iov = &vectors[i], .msg_iovlen = 1};
  }

  state ^= (uint64_t)getpid() << 32 ^ (uint64_t)time(NULL);
  const double start = now();
  uint64_t sent = 0;
  uint32_t source = 0x64400001, turn = 0;
  for (double passed = 0; passed < seconds; passed = now() - start) {
    if (rate > 0 && (double)sent > passed * rate) {
      usleep(200);
      continue;
    }
    for (int i = 0; i < BATCH; i++) {
      if (!one && (!eight || i % 8 == 0))
        source = sources ? 0x64400001 + turn++ % sources : 0x64400000 | (random32() & 0x3fffff);
      if (junk) make_junk(frames[i], source, first);
      else make(frames[i], source, only_first ? first : first + (random32() & 255));
    }
    const int count = sendmmsg(fd, messages, BATCH, 0);
    if (count > 0) sent += (uint64_t)count;
    else if (errno != ENOBUFS && errno != EAGAIN) return fail(strerror(errno));
  }
  printf("%llu\n", (unsigned long long)sent);
  return 0;
}
