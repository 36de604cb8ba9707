// One command for both families of addresses: where they are not the same, a shell looks at the address. Pure.

/**
 * @param ipv4 what is run for IPv4, absent or empty: nothing
 * @param ipv6 what is run for IPv6, absent or empty: nothing
 * @returns empty: nothing is run
 */
export function byFamily(ipv4 = '', ipv6 = ''): string {
  if (ipv4 === ipv6) return ipv4;
  // Each on lines of its own: it may end in a comment.
  return `case %IP% in\n*:*)\n${ipv6 || ':'}\n;;\n*)\n${ipv4 || ':'}\n;;\nesac`;
}
