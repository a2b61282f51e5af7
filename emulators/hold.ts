import { connect } from 'node:net';

/**
 * What runs inside the emulator suite in place of a test command: tells whoever started the suite that the emulators are
 * up, by connecting to the port it is given, and ends with that connection, however its other end died.
 */
const socket = connect(Number(process.argv[2]), '127.0.0.1');
socket.on('error', () => {});
socket.on('close', () => process.exit());
socket.resume();
