"""What can go wrong between the server and its broker.

BusError
├── BusUnavailable           nothing can be published now; keep it in the outbox and try again
│   └── Unwelcome            the broker is there and lets nobody in
├── SubscriptionRefused      the broker answered 0x80: this login may not read that filter
├── CredentialsUnavailable   raised by a lookup that cannot read now; the device is refused and tries again
└── BrokerError
    ├── BrokerMissing        no nats-server is installed
    └── BrokerLost           the child ended or never became ready; it is started again
        └── LoginRefused     it runs and refuses even us: its store is full or broken
"""


class BusError(Exception):
    pass


class BusUnavailable(BusError):  # noqa: N818 -- A state of things more than an error.
    pass


class Unwelcome(BusUnavailable):
    pass


class SubscriptionRefused(BusError):  # noqa: N818 -- A state of things more than an error.
    pass


class CredentialsUnavailable(BusError):  # noqa: N818 -- A state of things more than an error.
    pass


class BrokerError(BusError):
    pass


class BrokerMissing(BrokerError):  # noqa: N818 -- A state of things more than an error.
    pass


class BrokerLost(BrokerError):  # noqa: N818 -- A state of things more than an error.
    pass


class LoginRefused(BrokerLost):
    pass
