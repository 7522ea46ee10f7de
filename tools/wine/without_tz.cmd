@rem Windows' C runtime reads TZ too, and takes Europe/Berlin for a zone without an offset; Wine has read it before.
@set TZ=
@%*
