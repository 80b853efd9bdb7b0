import asyncio,time,os,pytest
from geo_service import logs, server
from geo_service.watcher import AtlasWatcher
pytestmark=pytest.mark.anyio
HD=[(b"host",b"a.fr"),(b"user-agent",b"Mozilla/5.0 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),(b"accept",b"*/*"),(b"accept-encoding",b"gzip"),(b"accept-language",b"fr"),(b"referer",b"https://a.fr/x"),(b"sec-fetch-dest",b"empty"),(b"sec-fetch-mode",b"cors"),(b"sec-fetch-site",b"same-origin"),(b"x-forwarded-for",b"82.64.1.1"),(b"x-forwarded-proto",b"https")]
async def test_m(watcher):
    logs.configure("info")
    if hasattr(server,"create_door"):
        from geo_service.operations.settings import OperationSettings
        app=server.create_door(watcher,OperationSettings(trusted_proxies="127.0.0.1",limit_rate=1e6,limit_burst=1e6))
    else: app=server.create_root(watcher)
    def scope(path,extra=()): return {"type":"http","method":"GET","path":path,"raw_path":path.encode(),"query_string":b"","headers":[*HD,*extra],"client":("127.0.0.1",3333),"server":("127.0.0.1",80),"scheme":"http","http_version":"1.1","root_path":""}
    got={}
    async def send(m):
        if m["type"]=="http.response.start": got["s"]=m["status"]; got["e"]=dict(m["headers"]).get(b"etag",b"")
    await asyncio.sleep(0)
    async def receive(): await asyncio.Event().wait()
    out=[]
    for p in ("/api/territoires/commune/35238/couverture","/api/territoires/departement/35","/ogc/collections"):
        await asyncio.create_task(app(scope(p),receive,send)); e=got["e"]
        for name,extra in (("200",()),("304",((b"if-none-match",e),))):
            best=1e9
            for _ in range(12):
                t=time.process_time()
                for _ in range(300): await asyncio.create_task(app(scope(p,extra),receive,send))
                best=min(best,(time.process_time()-t)/300*1e6)
            out.append(f"{p[-22:]} {name} {got['s']} {best:.1f}")
    open("/tmp/ops/micro.out","a").write(server.__file__.split("/")[3]+" "+" | ".join(out)+"\n")
