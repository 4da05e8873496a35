/* What Swift cannot call by itself: see the files of SluiceSystem that use it. */
#pragma once
