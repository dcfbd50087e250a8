/**
 * Every class whose objects arrive in a thread as what they are, shared or carried: a line for each room that has
 * some. All entries load it, a process's when something arrives that needs it.
 */
import '../lib/manager/remote-object.js';
import '../lib/channels/connection.js';
import '../lib/memory/shareables.js';
import '../lib/channels/shareables.js';
