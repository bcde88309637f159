/** Which addresses are never called, however they are written. */
import { describe, expect, it } from 'vitest';
import { forbiddenAddressIn, isAllowedAddress } from './addresses.ts';

describe('an address', () => {
  it.each([
    ...['169.254.169.254', '169.254.170.2', '169.254.0.1', '0.0.0.0', '0.1.2.3', '224.0.0.251'],
    ...[
      '255.255.255.255',
      '100.100.100.200',
      '168.63.129.16',
      '192.0.0.192',
      'fd00:ec2::254',
      'fd20:ce::254',
    ],
    ...['fe80::1', 'fe80::1%lo', 'fe90::9', 'ff02::fb', '::', '::ffff:169.254.169.254', '::ffff:a9fe:a9fe'],
    ...['64:ff9b::a9fe:a9fe', '2002:a9fe:a9fe::1', '::ffff:0.0.0.0', '64:ff9b::6464:64c8', '', 'metadata'],
  ])('%s is never called', (address) => expect(isAllowedAddress(address)).toBe(false));

  it.each([
    ...['127.0.0.1', '127.8.9.1', '::1', '10.0.0.5', '172.16.4.4', '192.168.1.20', '100.64.0.9', '8.8.8.8'],
    ...['fd12:3456::1', '2606:4700::1111', '169.253.255.255', '169.255.0.1', '::ffff:192.168.1.20'],
    ...['fd00:ec2::253', '64:ff9b::808:808'],
  ])('%s may be', (address) => expect(isAllowedAddress(address)).toBe(true));

  it.each([
    ['https://169.254.169.254/v1', '169.254.169.254'],
    ['https://2852039166/v1', '169.254.169.254'],
    ['https://0xa9fea9fe:8080', '169.254.169.254'],
    ['https://0251.0376.0251.0376', '169.254.169.254'],
    ['https://169.254.169.254./', '169.254.169.254'],
    ['https://[::ffff:169.254.169.254]/', '::ffff:a9fe:a9fe'],
    ['https://[fd00:ec2::254]', 'fd00:ec2::254'],
    ['https://192.168.1.20/v1', null],
    ['https://169.254.169.254.example/v1', null],
    ['no address at all', null],
  ])('in %s is %s', (url, expected) => expect(forbiddenAddressIn(url)).toBe(expected));
});
