"""The signing service as one app, at `/signing` of the stand-ins.

    /csc/v1/…  /oauth2/token       remote signing (CSC v1.0.4.0): PIN → SAD bound to hashes → signature
    /ocsp /crl/{root,sub}.crl      whether certificates still hold
    /ca/{root,sub}.cer             the CA's certificates
    /tsa                           time-stamps (RFC 3161)
    /control/…                     faults; credentials: issue, revoke, unlock, token keys

Faults count per operation: info, token, credentials_list, credentials_info, authorize, sign_hash, ocsp, crl,
certificate, tsa.
"""

from fastapi import FastAPI
from fastapi import Request as HttpRequest
from fastapi.responses import JSONResponse

from sim_agencies.desk import Desk
from sim_agencies.signing.authorisations import CscError
from sim_agencies.signing.authority import Authority
from sim_agencies.signing.control import signing_control_router
from sim_agencies.signing.credentials import Credentials
from sim_agencies.signing.csc import Service, csc_router
from sim_agencies.signing.status import StatusDesk, status_router
from sim_agencies.signing.timestamping import timestamp_router

AGENCY = "signing"


def create_app(desk: Desk) -> FastAPI:
    """The signing stand-in; its CA is made at the first start and kept with the desk's store."""
    app = desk.app("Ký số từ xa")
    authority = Authority(desk.store, f"http://{desk.settings.host}:{desk.settings.port}/{AGENCY}")
    credentials = Credentials(desk.store, authority)
    app.include_router(signing_control_router(authority, credentials))
    app.include_router(csc_router(Service(desk, authority, credentials)))
    app.include_router(status_router(desk, StatusDesk(authority, credentials)))
    app.include_router(timestamp_router(desk, authority))

    @app.exception_handler(CscError)
    async def refused(_: HttpRequest, refusal: CscError) -> JSONResponse:
        return JSONResponse(refusal.body, refusal.status)

    return app
