// Asks the service in this container whether it is ready; exits 0 if so. The images have no curl.
import { request } from 'node:http';

const { SOCKET, PORT = '8080' } = process.env;
const target = SOCKET ? { socketPath: SOCKET } : { host: '127.0.0.1', port: PORT };

request({ ...target, path: '/health/ready', timeout: 2000 }, (response) =>
  process.exit(response.statusCode === 200 ? 0 : 1),
)
  .on('timeout', () => process.exit(1))
  .on('error', () => process.exit(1))
  .end();
