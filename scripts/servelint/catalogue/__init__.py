"""Facts: hardware, models, images. ``load`` reads their files, ``facts`` is what they say."""
