"""AWS's own C client through its Python library: `crt.py up|down ENDPOINT BUCKET KEY PART_MIB`, from stdin or to stdout.

It opens as many connections as it finds good for its target of gigabits a second.
"""

import os
import sys

import botocore.session
from awscrt.auth import AwsCredentialsProvider
from botocore.config import Config
from s3transfer.crt import BotocoreCRTRequestSerializer, CRTTransferManager, create_s3_crt_client


class Pipe:
    """A stream that tells of no length and no place, as a pipe has none."""

    def __init__(self, file):
        self.read, self.write = file.read, file.write


def manager(endpoint, part_bytes):
    region = os.environ["AWS_REGION"]
    secret = AwsCredentialsProvider.new_static(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
    client = create_s3_crt_client(
        region, secret, part_size=part_bytes, use_ssl=endpoint.startswith("https"), verify=os.environ.get("AWS_CA_BUNDLE"))
    config = Config(s3={"addressing_style": "path"})
    settings = {"region_name": region, "endpoint_url": endpoint, "config": config}
    return CRTTransferManager(client, BotocoreCRTRequestSerializer(botocore.session.get_session(), settings))


def main(way, endpoint, bucket, key, part_mib):
    with manager(endpoint, int(part_mib) << 20) as transfers:
        if way == "up":
            transfers.upload(Pipe(sys.stdin.buffer), bucket, key).result()
        else:
            transfers.download(bucket, key, Pipe(sys.stdout.buffer)).result()
            sys.stdout.buffer.flush()


main(*sys.argv[1:])
