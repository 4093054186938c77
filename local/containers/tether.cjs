/**
 * Loaded into each container before its own code: it ends the process when the twin is gone, however the twin has ended. The
 * twin holds the other end of standard input and never writes to it; the system closes it with the twin. What runs here need
 * not know of it, and may end by itself meanwhile.
 */

const end = () => process.kill(process.pid, 'SIGKILL');

process.stdin.on('end', end).on('error', end).resume().unref();
