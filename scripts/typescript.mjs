// Lets Node run the TypeScript sources as they stand, in worker threads too: `--import tsx` alone skips those on Node 20.
import { register } from 'tsx/esm/api';

register();
