/** The types of the oldest socket.io client cannot be found from an ES module; what the tests use of it is the same. */
declare module 'socket.io-client-4.0' {
  export { io } from 'socket.io-client';
}
