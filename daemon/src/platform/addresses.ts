/**
 * Which addresses a model server may have. Link-local addresses and those of clouds' metadata services are never a model
 * server's, however they are written. This machine and private networks are where developers run models, so those stay
 * allowed.
 *
 * It stands here because two layers ask that know nothing of each other: the configuration, which refuses such an address
 * where it is written, and the connections (`providers/transport/allowed-address.ts`), which refuse it wherever it comes from.
 */
import { BlockList, isIP } from 'node:net';

/** The address that stands in a URL in the place of a name, if it is none that may be called: it is never looked up. */
export function forbiddenAddressIn(url: string): string | null {
  const host = URL.parse(url)?.hostname.replace(/^\[|\]$/g, '') ?? '';
  return isIP(host) === 0 || isAllowedAddress(host) ? null : host;
}

/** Whether calls may go to an IP address. What is no address is nowhere to go. */
export function isAllowedAddress(address: string): boolean {
  return isIP(address) !== 0 && !isIn(forbidden, address);
}

/** Whether an IP address is this machine's own. */
export function isOfThisMachine(address: string): boolean {
  return isIn(thisMachine, address);
}

/** `169.254.0.0/16`. A list of version 4 also holds the form of version 6 in which sockets name such addresses. */
function listOf(...subnets: readonly string[]): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [network = '', bits = ''] = subnet.split('/');
    list.addSubnet(network, Number(bits), isIP(network) === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}

/** What gateways between the versions, and older ones, make of a network of version 4. */
function inVersion6(subnet: string): string[] {
  const [network = '', bits = ''] = subnet.split('/');
  const bytes = network.split('.').map((byte) => Number(byte).toString(16).padStart(2, '0'));
  const groups = `${bytes.slice(0, 2).join('')}:${bytes.slice(2).join('')}`;
  return [`64:ff9b::${groups}/${96 + Number(bits)}`, `2002:${groups}::/${16 + Number(bits)}`];
}

const forbiddenOf4 = [
  // "This host"; link-local, and in it the metadata services of most clouds; multicast; reserved and broadcast.
  ...['0.0.0.0/8', '169.254.0.0/16', '224.0.0.0/4', '240.0.0.0/4'],
  // Metadata services that stand elsewhere: Alibaba's, Azure's, Oracle's.
  ...['100.100.100.200/32', '168.63.129.16/32', '192.0.0.192/32'],
];
const forbidden = listOf(
  ...forbiddenOf4,
  ...forbiddenOf4.flatMap(inVersion6),
  // Unspecified, link-local, multicast; metadata services of Amazon and Google.
  ...['::/128', 'fe80::/10', 'ff00::/8', 'fd00:ec2::254/128', 'fd20:ce::254/128'],
);
const thisMachine = listOf('127.0.0.0/8', '::1/128');

function isIn(list: BlockList, address: string): boolean {
  return list.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
}
