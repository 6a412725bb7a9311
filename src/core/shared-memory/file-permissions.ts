/** The user whose permissions count. */
export interface FileUser {
  readonly uid: number;
  /** The user's own group and all others. */
  readonly gids: readonly number[];
}

/** The user that this process runs as. */
export function processUser(): FileUser {
  return { uid: process.geteuid!(), gids: [process.getegid!(), ...process.getgroups!()] };
}

const OWNER = 0o600;
const GROUP = 0o060;
const ANYONE = 0o006;

/**
 * Whether a file's mode permits a user to read and write it. The system permits root more than that; a service that runs as
 * root must not open the files of others for its clients.
 */
export function mayReadAndWrite(file: { uid: number; gid: number; mode: number }, user: FileUser): boolean {
  const needed = file.uid === user.uid ? OWNER : user.gids.includes(file.gid) ? GROUP : ANYONE;
  return (file.mode & needed) === needed;
}
