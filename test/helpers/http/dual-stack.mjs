import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';

// Lets `localhost` resolve to ::1 and 127.0.0.1, in the order of most machines, whatever this one's hosts file says.

const ADDRESSES = [
  { address: '::1', family: 6 },
  { address: '127.0.0.1', family: 4 },
];

/** @param {{ all?: boolean, order?: string }} options */
function resolve({ all, order }) {
  const addresses = order === 'ipv4first' ? ADDRESSES.toReversed() : ADDRESSES;
  return all ? addresses : addresses[0];
}

const { lookup } = dns;
dns.lookup = (host, options, callback) => {
  if (host !== 'localhost') return lookup(host, options, callback);
  const found = resolve(options);
  process.nextTick(() => (options.all ? callback(null, found) : callback(null, found.address, found.family)));
};
const { lookup: lookupPromise } = dns.promises;
dns.promises.lookup = async (host, options = {}) =>
  host === 'localhost' ? resolve(options) : lookupPromise(host, options);
syncBuiltinESMExports();
