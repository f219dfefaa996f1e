"""The containers and codecs that are decoded, by FFmpeg's names. All others are refused."""

from typing import Final

from .container import Container

__all__ = ["CODECS", "CONTAINERS", "FORMATS"]

FORMATS: Final = (
    "aac,ac3,aiff,amr,ape,asf,au,avi,caf,dss,eac3,flac,flv,loas,matroska,webm,mov,mp4,m4a,3gp,3g2,"
    "mj2,mp3,mpeg,mpegts,nistsphere,ogg,tta,voc,w64,wav,wv"
)
"""The allowed containers, by FFmpeg's names. None of them can refer to other files or addresses."""

CODECS: Final = (
    "aac,aac_fixed,aac_latm,ac3,ac3_fixed,adpcm_g722,adpcm_g726,adpcm_g726le,adpcm_ima_qt,"
    "adpcm_ima_wav,adpcm_ms,adpcm_swf,adpcm_yamaha,alac,amrnb,amrwb,ape,dss_sp,eac3,flac,g722,"
    "g723_1,g726,g726le,g729,gsm,gsm_ms,libopencore_amrnb,libopencore_amrwb,libopus,libspeex,"
    "libvorbis,mp1,mp1float,mp2,mp2float,mp3,mp3float,nellymoser,opus,pcm_alaw,pcm_bluray,pcm_dvd,"
    "pcm_f16le,pcm_f24le,pcm_f32be,pcm_f32le,pcm_f64be,pcm_f64le,pcm_mulaw,pcm_s16be,pcm_s16le,"
    "pcm_s24be,pcm_s24le,pcm_s32be,pcm_s32le,pcm_s64be,pcm_s64le,pcm_s8,pcm_u16be,pcm_u16le,"
    "pcm_u24be,pcm_u24le,pcm_u32be,pcm_u32le,pcm_u8,speex,truespeech,tta,vorbis,wavpack,"
    "wmalossless,wmapro,wmav1,wmav2,wmavoice"
)
"""The allowed audio decoders, by FFmpeg's names."""

CONTAINERS: Final = {
    Container.WAV: "wav",
    Container.OGG: "ogg",
    Container.FLAC: "flac",
    Container.WEBM: "matroska",
}
"""FFmpeg's names for the containers of clients."""
