/** What is watched, and by what: the alarms and the dashboard. */
import { Construct } from 'constructs';
import type { Settings } from '../settings.ts';
import { RelayAlarms } from './alarms.ts';
import { RelayDashboard } from './dashboard.ts';
import type { HttpRelayApi } from './http-api.ts';
import type { NatsBridge } from './nats-bridge.ts';
import type { RelayFunction } from './relay-function.ts';
import type { RelayTable } from './relay-table.ts';
import type { WebSocketRelayApi } from './websocket-api.ts';

export interface Watched {
  readonly settings: Settings;
  readonly functions: readonly RelayFunction[];
  readonly http: HttpRelayApi;
  readonly webSockets: readonly WebSocketRelayApi[];
  readonly table: RelayTable;
  /** Where the stack runs one. */
  readonly bridge: NatsBridge | undefined;
}

export class Observability extends Construct {
  constructor(scope: Construct, id: string, watched: Watched) {
    super(scope, id);
    new RelayAlarms(this, 'Alarms', watched);
    new RelayDashboard(this, 'Dashboard', watched);
  }
}
